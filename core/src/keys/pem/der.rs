//! The part of DER (X.690) that public keys and certificates need.

/// Elements, one after the other.
#[derive(Clone, Copy)]
pub(super) struct Elements<'d> {
    rest: &'d [u8],
}

/// One element.
#[derive(Clone, Copy)]
pub(super) struct Element<'d> {
    /// The first octet of the tag: class, form, and the number if it is less than 31.
    pub(super) tag: u8,
    pub(super) value: &'d [u8],
    /// The element with its tag and length.
    pub(super) whole: &'d [u8],
}

impl<'d> Elements<'d> {
    pub(super) const fn of(octets: &'d [u8]) -> Self {
        Self { rest: octets }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads the next element. Returns `None` if there is none, or one that is not in DER.
    pub(super) fn next(&mut self) -> Option<Element<'d>> {
        let start = self.rest;
        let tag = self.tag()?;
        let length = self.length()?;
        let (value, rest) = self.rest.split_at_checked(length)?;
        let whole = start.get(..start.len().checked_sub(rest.len())?)?;
        self.rest = rest;
        Some(Element { tag, value, whole })
    }

    /// Reads the value of the next element, which must have this tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'d [u8]> {
        self.next().filter(|element| element.tag == tag).map(|element| element.value)
    }

    /// Returns the first octet of the next tag without reading it.
    pub(super) fn next_tag(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Reads an INTEGER that is not negative (X.690 §8.3), without its sign octet.
    pub(super) fn natural_number(&mut self) -> Option<&'d [u8]> {
        let octets = self.take(INTEGER)?;
        match octets {
            [0] => Some(octets),
            [0, rest @ ..] => rest.first().filter(|first| **first >= 0x80).map(|_| rest),
            [first, ..] => (*first < 0x80).then_some(octets),
            [] => None,
        }
    }

    /// Reads a tag (X.690 §8.1.2). Of the universal types only the known ones are allowed.
    fn tag(&mut self) -> Option<u8> {
        let tag = self.octet()?;
        if tag < APPLICATION {
            let known = UNIVERSAL.checked_shr(u32::from(tag)).is_some_and(|bits| bits & 1 == 1);
            return known.then_some(tag);
        }
        if tag & LONG_FORM != LONG_FORM {
            return Some(tag);
        }
        let mut number = 0_u32;
        loop {
            let octet = self.octet()?;
            number |= u32::from(octet & 0x7f);
            if octet & 0x80 == 0 {
                return (number >= u32::from(LONG_FORM)).then_some(tag);
            }
            if number == 0 || number.leading_zeros() < 7 {
                return None;
            }
            number <<= 7;
        }
    }

    /// Reads a definite length in as few octets as possible (X.690 §10.1).
    fn length(&mut self) -> Option<usize> {
        let first = self.octet()?;
        if first < 0x80 {
            return Some(usize::from(first));
        }
        let octets = first & 0x7f;
        if octets == 0 || octets > 4 {
            return None;
        }
        let mut length = 0_u32;
        for _ in 0..octets {
            length = length << 8 | u32::from(self.octet()?);
        }
        let shortest = if length < 0x80 { 0 } else { (length.ilog2() >> 3).wrapping_add(1) };
        if u32::from(octets) == shortest { usize::try_from(length).ok() } else { None }
    }

    fn octet(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }
}

impl<'d> Element<'d> {
    pub(super) const fn is_null(&self) -> bool {
        self.tag == NULL && self.value.is_empty()
    }

    /// Returns the octets of an OBJECT IDENTIFIER (X.690 §8.19).
    pub(super) fn identifier(&self) -> Option<&'d [u8]> {
        let (root, arcs) = self.value.split_first()?;
        // Two arcs in one octet, of which the first is at most 2 and the second at most 39.
        let mut valid =
            self.tag == OBJECT_IDENTIFIER && *root < 120 && self.value.len() <= LONGEST_IDENTIFIER;
        let mut length = 0_u32;
        for octet in arcs {
            length = length.wrapping_add(1);
            // An arc has at most 32 bits.
            valid &= length <= 5 || *octet < 0x10;
            if *octet < 0x80 {
                length = 0;
            }
        }
        (valid && length == 0).then_some(self.value)
    }
}

pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
const NULL: u8 = 0x05;
const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
/// The first tag that is not of a universal type.
const APPLICATION: u8 = 0x40;
/// The number of a tag whose number follows in its own octets.
const LONG_FORM: u8 = 0x1f;

/// One bit for each tag of a universal type that DER has.
const UNIVERSAL: u64 = {
    let primitive = 0b0100_1101_1111_1100_0011_0110_0111_1110;
    primitive | 0b11 << 0x30
};

/// No known identifier is longer.
const LONGEST_IDENTIFIER: usize = 39;
