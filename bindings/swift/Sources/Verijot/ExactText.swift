extension String {
    /// Whether the texts are the same octet for octet.
    ///
    /// Swift's own comparison takes "é" for "e" with an accent and the Kelvin sign for "K"; in a
    /// token those are different names.
    func isExactly(_ other: String) -> Bool {
        utf8.elementsEqual(other.utf8)
    }
}

extension Sequence<String> {
    func containsExactly(_ text: String) -> Bool {
        contains { $0.isExactly(text) }
    }
}
