//! Decisions read from a fuzzer's octets; when these run out, every decision is the first choice.

/// The remaining octets.
pub struct Choices<'d> {
    rest: &'d [u8],
}

impl<'d> Choices<'d> {
    pub fn new(data: &'d [u8]) -> Self {
        Self { rest: data }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next octet, or zero.
    pub fn octet(&mut self) -> u8 {
        let (first, rest) = self.rest.split_first().unwrap_or((&0, &[]));
        self.rest = rest;
        *first
    }

    /// The next two octets as a number.
    pub fn number(&mut self) -> u16 {
        u16::from_be_bytes([self.octet(), self.octet()])
    }

    pub fn below(&mut self, bound: usize) -> usize {
        usize::from(self.octet()) % bound
    }

    pub fn either(&mut self) -> bool {
        self.octet() % 2 == 1
    }

    /// Once in 32 times.
    pub fn rarely(&mut self) -> bool {
        self.octet() >= 248
    }

    pub fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    /// Nearly always the first choice.
    pub fn usually<T: Clone>(&mut self, choices: &[T]) -> T {
        if self.rarely() { self.pick(&choices[1..]) } else { choices[0].clone() }
    }

    /// A short run of unchanged octets.
    pub fn octets(&mut self) -> &'d [u8] {
        let length = usize::from(self.octet()).min(self.rest.len());
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    /// All remaining octets.
    pub fn rest(&mut self) -> &'d [u8] {
        std::mem::take(&mut self.rest)
    }
}
