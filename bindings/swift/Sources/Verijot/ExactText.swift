extension String {
    /// Returns whether both texts have the same octets.
    ///
    /// Swift's `==` treats "é" and "e" with an accent as equal, and the Kelvin sign and "K". In a
    /// token they are different names.
    func isExactly(_ other: String) -> Bool {
        utf8.elementsEqual(other.utf8)
    }
}

extension Sequence<String> {
    func containsExactly(_ text: String) -> Bool {
        contains { $0.isExactly(text) }
    }
}
