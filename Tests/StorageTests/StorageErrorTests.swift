import Foundation
import Storage
import Testing

@Suite struct StorageErrorTests {
  private static let digest = Digest(of: [UInt8]())
  /// Every case, and what it means to who started the program.
  private static let kinds: [(StorageError, FailureKind)] = [
    (.missing(path: "p"), .missingInput),
    (.notAFile(path: "p", found: .pipe), .badData),
    (.notADirectory(path: "p"), .cannotCreate),
    (.expectedDirectory(path: "p", found: .file), .badData),
    (.missingParent(path: "p/q", parent: "p"), .cannotCreate),
    (.linkInTheWay(path: "p"), .cannotCreate),
    (.unreadable(path: "p", code: EACCES), .inputOutput),
    (.unreadable(path: "p", code: EIO), .inputOutput),
    (.cannotCreate(path: "p", code: EACCES), .cannotCreate),
    (.writeFailed(path: "p", operation: "write", code: ENOSPC), .inputOutput),
    (.outOfMemory(path: "p", bytes: 7), .inputOutput),
    (.unsupported(path: "p", operation: "exchange"), .cannotCreate),
    (.tooLarge(path: "p", bytes: 2, limit: 1), .badData),
    (.truncated(path: "p", expected: 2, found: 1), .badData),
    (.trailingBytes(path: "p", expected: 1, found: 2), .badData),
    (.wrongFormat(path: "p", expected: .idx, found: .png), .badData),
    (.wrongMagic(path: "p", expected: "a", found: "b"), .badData),
    (.malformed(path: "p", reason: "r"), .badData),
    (.damagedFrame(path: "p", reason: "r"), .badData),
    (.missingTensor(path: "p", name: "t"), .badData),
    (.wrongType(path: "p", tensor: "t", expected: "U8", found: "F32"), .badData),
    (.wrongShape(path: "p", tensor: "t", expected: "[1]", found: [2]), .badData),
    (.valueTooLarge(path: "p", tensor: "t", index: 0, value: .max), .badData),
    (.wrongDigest(path: "p", expected: digest, found: digest), .badData),
    (.contentTooLarge(path: "p", bytes: 2, limit: 1), .cannotCreate),
  ]

  @Test(arguments: kinds)
  func `Each error has its kind, names its path, and no program`(error: StorageError, kind: FailureKind) {
    #expect(error.kind == kind)
    #expect(error.description.hasPrefix("p"))
    #expect(!error.description.contains("dk-") && !error.description.contains(" --"))
    #expect(!error.description.contains("\n"))
  }

  @Test(arguments: [
    (ENOSPC, "; free space, then run again"), (EDQUOT, "; free space, then run again"),
    (EPIPE, "; the reader went away"), (EIO, "; check the disk, then run again"),
    (EROFS, "; choose a place that is not read-only"),
  ])
  func `Advice on a write that failed is that for its cause`(code: Int32, advice: String) {
    let text = StorageError.writeFailed(path: "p", operation: "write", code: code).description
    #expect(text == "p: write failed: " + String(cString: strerror(code)) + advice)
  }

  @Test func `Where we know no remedy, none is given`() {
    let text = StorageError.writeFailed(path: "p", operation: "write", code: EINVAL).description
    #expect(text == "p: write failed: " + String(cString: strerror(EINVAL)))
  }

  @Test(arguments: [
    ("plain, ünïcode, 漢字, 👩‍👧", "plain, ünïcode, 漢字, 👩‍👧"), ("\u{1B}[31mred", "\\u{1b}[31mred"),
    ("a\nb\r\tc\0", "a\\u{a}b\\u{d}\\u{9}c\\u{0}"), ("\u{9B}2J\u{7F}", "\\u{9b}2J\\u{7f}"),
    ("\u{202E}gnp.exe", "\\u{202e}gnp.exe"),
    ("\u{2066}\u{2069}\u{200F}\u{61C}", "\\u{2066}\\u{2069}\\u{200f}\\u{61c}"),
    ("a\u{2028}b\u{2029}", "a\\u{2028}b\\u{2029}"), ("\u{E0041}", "\\u{e0041}"), ("e\u{301}", "e\u{301}"),
  ])
  func `What could command a terminal is shown, not sent`(text: String, shown: String) {
    #expect(text.printable == shown)
  }

  @Test func `Names from outside cannot command a terminal`() {
    let evil = "\u{1B}]0;title\u{7}"
    for error in [
      StorageError.missing(path: evil), .missingTensor(path: "p", name: evil),
      .malformed(path: "p", reason: evil),
      .wrongType(path: "p", tensor: evil, expected: "U8", found: evil),
    ] {
      #expect(!error.description.contains("\u{1B}") && error.description.contains("\\u{1b}]0;title\\u{7}"))
    }
  }
}
