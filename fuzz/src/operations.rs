//! How structured targets read their input: choices, of which the first is what an honest peer would make, and which are
//! all the first where the input has ended.

use arbitrary::Unstructured;

/// What is left of an input.
pub struct Operations<'a>(Unstructured<'a>);

impl<'a> Operations<'a> {
    /// All of it.
    pub fn new(data: &'a [u8]) -> Self {
        Self(Unstructured::new(data))
    }

    /// Whether it has ended.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next octet, 0 at the end.
    pub fn octet(&mut self) -> u8 {
        self.0.arbitrary().unwrap_or_default()
    }

    /// A number below `limit`, which is at most 256.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::from(self.octet()) % limit
    }

    /// `false` most often.
    pub fn seldom(&mut self) -> bool {
        self.octet() & 7 == 7
    }

    /// One of these.
    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// Some of these, in their order; none at the end.
    pub fn some_of<T: Copy>(&mut self, choices: &[T]) -> Vec<T> {
        let chosen = self.octet();
        (0..8).filter(|place| chosen >> place & 1 == 1).filter_map(|place| choices.get(place).copied()).collect()
    }

    /// Octets, as many as the first says, or as are left.
    pub fn octets(&mut self) -> &'a [u8] {
        let length = usize::from(self.octet()).min(self.0.len());
        self.0.bytes(length).unwrap_or_default()
    }

    /// The same with two octets for the length.
    pub fn long_octets(&mut self) -> &'a [u8] {
        let length = usize::from(u16::from_le_bytes([self.octet(), self.octet()])).min(self.0.len());
        self.0.bytes(length).unwrap_or_default()
    }

    /// All that is left.
    pub fn rest(self) -> &'a [u8] {
        self.0.take_rest()
    }

    /// ASCII without control characters.
    pub fn text(&mut self) -> String {
        self.octets().iter().map(|octet| char::from(octet & 0x7f).max(' ')).collect()
    }

    /// The right message, or what comes of it on its way: `refusal` is what a peer says that wants no more.
    pub fn alter(&mut self, right: &[u8], earlier: &[Vec<u8>], refusal: &[u8]) -> Vec<u8> {
        let mut message = right.to_vec();
        match self.below(8) {
            0..=2 => {}
            3 => {
                let place = usize::from(u16::from_le_bytes([self.octet(), self.octet()]));
                if let Some(octet) = message.get_mut(place) {
                    *octet ^= self.octet().max(1);
                }
            }
            4 => message.truncate(message.len() - message.len().min(1 + self.below(256))),
            5 => message = self.long_octets().to_vec(),
            6 if !earlier.is_empty() => message = earlier[self.below(earlier.len().min(256))].clone(),
            _ => message = refusal.to_vec(),
        }
        message
    }
}
