//! Property lists in XML.
