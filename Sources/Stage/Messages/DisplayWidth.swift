extension String {
  /// Width in terminal columns: two for each wide character (East Asian Width W and F of Unicode annex 11, and emoji),
  /// none for combining marks.
  package var displayWidth: Int {
    // Fast path for nearly all text: one byte of printable ASCII takes one column.
    if utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return utf8.count }
    return reduce(0) { $0 + $1.displayWidth }
  }
}

extension Character {
  /// Blocks of wide characters. Emoji outside of them are recognized by a Unicode property.
  private static let wideBlocks: [ClosedRange<UInt32>] = [
    // Hangul Jamo that begin a syllable; radicals, kana and unified ideographs; Yi; Hangul syllables.
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3,
    // Compatibility ideographs, vertical and full-width forms; supplementary ideographs.
    0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x17000...0x18DFF, 0x1B000...0x1B2FF,
    0x20000...0x3FFFD,
  ]

  fileprivate var displayWidth: Int {
    // Later scalars are drawn on top of the first or joined to it, so they take no columns.
    guard let first = unicodeScalars.first else { return 0 }
    // Variation selector 16 turns a character with a text form into an emoji.
    if first.properties.isEmojiPresentation || unicodeScalars.contains("\u{FE0F}") { return 2 }
    switch first.properties.generalCategory {
    // Format characters are invisible, except the soft hyphen, which terminals show.
    case .nonspacingMark, .enclosingMark: return 0
    case .format: return first == "\u{AD}" ? 1 : 0
    default: return Self.wideBlocks.contains { $0.contains(first.value) } ? 2 : 1
    }
  }
}
