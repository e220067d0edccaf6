use alloc::{format, vec::Vec};

use super::*;

#[test]
fn quirks_have_names_owners_and_sections() {
    for (index, quirk) in Quirk::ALL.iter().copied().enumerate() {
        assert_eq!(Quirk::from_name(quirk.name()), Some(quirk));
        assert_eq!(format!("{quirk:?}"), quirk.name());
        assert!(quirk.section().starts_with("RFC ") || quirk.section().starts_with("X.690 "), "{quirk:?}");
        assert!(Quirk::ALL[index + 1..].iter().all(|later| later.name() > quirk.name()), "{quirk:?} is out of order");
        assert!(!format!("{quirk}").is_empty());
    }
    assert_eq!(Quirk::from_name("noncelength"), None);
}

#[test]
fn a_set_holds_what_was_put_in() {
    let mut all = Quirks::NONE;
    for (index, quirk) in Quirk::ALL.iter().copied().enumerate() {
        assert!(!all.contains(quirk));
        assert!(all.is_empty() == (index == 0));
        all |= quirk.into();
        assert!(all.contains(quirk) && all.contains_all(quirk.into()));
    }
    assert_eq!(all.iter().collect::<Vec<_>>(), Quirk::ALL);
    assert_eq!(all.iter().collect::<Quirks>(), all);
    assert_eq!(usize::try_from(all.len()), Ok(Quirk::ALL.len()));
    let two = Quirks::of(&[Quirk::Sha1, Quirk::Md5]);
    assert_eq!((all - two).len(), all.len() - 2);
    assert_eq!((all - two) | two, all);
    assert_eq!(all.intersection(two), two);
    assert!(!two.contains_all(all));
    assert_eq!(two.without(Quirk::Sha1), Quirk::Md5.into());
    assert_eq!(two.first(), Some(Quirk::Md5));
    assert_eq!(Quirks::NONE.first(), None);
    assert_eq!(format!("{two:?} {two}"), "{Md5, Sha1} the digest is MD5; the digest is SHA-1");
}

#[test]
fn standings_part_the_quirks() {
    let standings = [Standing::Allowed, Standing::Safe, Standing::Legacy, Standing::Unsafe, Standing::Never];
    let sets = standings.map(Quirks::with_standing);
    assert_eq!(sets.iter().map(|set| set.len()).sum::<u32>(), sets.into_iter().fold(Quirks::NONE, Quirks::union).len());
    assert_eq!(Quirks::SAFE, Quirk::ALL.iter().copied().filter(|quirk| quirk.is_safe()).collect());
    assert!(!Quirk::NonceNotEchoed.is_safe() && !Quirk::Md5.is_safe() && !Quirk::UpdateReq.is_safe());
    assert!(Quirks::LEGACY.contains(Quirk::SingleDes));
}

#[test]
fn profiles_are_found_by_name_and_tolerate_what_their_owners_have() {
    for profile in PeerProfile::ALL {
        assert_eq!(PeerProfile::from_name(&profile.name.to_uppercase()), Some(profile));
        let named = [PeerProfile::TOLERANT, PeerProfile::CONFORMING, PeerProfile::STRICT].contains(profile);
        for quirk in Quirk::ALL.iter().copied().filter(|_| !named) {
            if quirk == Quirk::GetInsteadOfPost && OF_GET.iter().any(|of_get| profile.quirks.contains(*of_get)) {
                assert!(profile.quirks.contains(quirk), "{profile} has a way to write what it does not do");
                continue;
            }
            let owned = quirk.owners().contains(&profile.name) || quirk.standing() == Standing::Allowed;
            assert_eq!(profile.quirks.contains(quirk), owned, "{profile} {quirk:?}");
        }
    }
    assert_eq!(PeerProfile::from_name("VMS"), None);
    assert_eq!(PeerProfile::default(), PeerProfile::TOLERANT);
}

#[test]
fn what_is_never_tolerated_is_not_though_a_profile_names_it() {
    let everything = PeerProfile::TOLERANT.tolerating(Quirk::ALL.iter().copied().collect());
    for quirk in Quirk::ALL.iter().copied() {
        let never = quirk.standing() == Standing::Never;
        assert_eq!(everything.check(quirk.into()), if never { Err(quirk) } else { Ok(()) });
        assert_eq!(PeerProfile::STRICT.check(quirk.into()), Err(quirk));
        let tolerant = matches!(quirk.standing(), Standing::Allowed | Standing::Safe | Standing::Legacy);
        assert_eq!(PeerProfile::TOLERANT.check(quirk.into()).is_ok(), tolerant);
        assert_eq!(PeerProfile::CONFORMING.check(quirk.into()).is_ok(), quirk.standing() == Standing::Allowed);
        assert_eq!(everything.refusing(quirk.into()).check(quirk.into()), Err(quirk));
    }
}

#[test]
fn w4_windows_takes_letters_digits_and_hyphens() {
    let windows = PeerProfile::WINDOWS.challenge;
    assert!(windows.permits("7XXEY-ERLPU-2JDR9"));
    for refused in ['_', '@', '*', '#', '!', '~', '%', '^', '&', ' ', 'é'] {
        assert!(!windows.permits(&format!("challenge{refused}")), "{refused}");
        assert!(PeerProfile::APPLE.challenge.permits(&format!("challenge{refused}")));
    }
}

const OF_GET: [Quirk; 3] = [Quirk::Base64Alphabet, Quirk::Base64Escapes, Quirk::Base64LineBreaks];
