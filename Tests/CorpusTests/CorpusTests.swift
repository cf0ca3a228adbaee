import FuzzReaders
import Storage
import TestSupport
import Testing

/// The inputs that the fuzzer once found worth keeping, read anew.
@Suite struct CorpusTests {
  private static let folder = FileSystem.parent(FileSystem.parent(#filePath)) + "/Fuzz/Corpus"

  @Test(arguments: FuzzReader.allCases)
  func `No input of the corpus ends a reader`(reader: FuzzReader) throws {
    let folder = Self.folder + "/" + reader.rawValue
    let names = try FileSystem.list(folder)
    #expect(!names.isEmpty)
    for name in names {
      let input = try bytes(folder + "/" + name)
      // What is good is read to its end; else an error is right, and only a trap would be wrong.
      if name.hasPrefix("good-") {
        #expect(throws: Never.self, "\(reader) \(name)") { try reader.read(input) }
      } else {
        try? reader.read(input)
      }
    }
  }
}
