import Foundation
import Storage
import TestSupport
import Testing

@Suite struct FileSignatureTests {
  private static let pointer =
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22e\nsize 12345\n"
  private static let examples: [(FileSignature, [UInt8])] = [
    (.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]),
    (.zip, [0x50, 0x4B, 3, 4, 20, 0, 0, 0]),
    (.numpy, [0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0]), (.zstd, [0x28, 0xB5, 0x2F, 0xFD, 4, 0]),
    (.html, Array("\n <!DOCTYPE html><html>404</html>".utf8)),
    (.html, [0xEF, 0xBB, 0xBF] + Array("<HTML>".utf8)),
    (.largeFilePointer, Array(pointer.utf8)), (.json, Array("{\"error\": \"not found\"}".utf8)),
    (.jpeg, [0xFF, 0xD8, 0xFF, 0xE0, 0, 16]), (.pickle, [0x80, 2, 0x7D]),
  ]

  @Test(arguments: examples)
  func `A file that is something else is named for what it is`(signature: FileSignature, start: [UInt8])
    throws
  {
    #expect(FileSignature(start) == signature)
    let directory = try TemporaryDirectory()
    let path = directory("f")
    try Data(start + [UInt8](repeating: 7, count: 100)).write(to: .init(filePath: path))
    let asIDX = StorageError.wrongFormat(path: path, expected: .idx, found: signature)
    #expect(throws: asIDX) { try IDXReader(path, axes: 3, elementTypes: [8]) }
    #expect(throws: asIDX) { try IDXReader(path) }
    let asTensors = StorageError.wrongFormat(path: path, expected: .safetensors, found: signature)
    #expect(throws: asTensors) { try SafetensorsReader(path) }
    #expect(throws: asTensors) { try Safetensors(try bytes(path), path: path) }
    #expect(asIDX.description.contains(signature.rawValue))
  }

  @Test func `IDX for safetensors, safetensors for IDX, and gzip in gzip`() throws {
    let directory = try TemporaryDirectory()
    let images = SyntheticImages(count: 5).idx.images
    try AtomicFile.write(images, to: directory("idx"))
    var writer = SafetensorsWriter(metadata: [:])
    writer.add("a", [UInt8(1)], shape: [1])
    try AtomicFile.write(try writer.bytes(), to: directory("tensors"))
    #expect(throws: StorageError.wrongFormat(path: directory("idx"), expected: .safetensors, found: .idx)) {
      try SafetensorsReader(directory("idx"))
    }
    #expect(throws: StorageError.wrongFormat(path: directory("tensors"), expected: .idx, found: .safetensors))
    {
      try IDXReader(directory("tensors"))
    }
    for _ in 0..<2 {
      #expect(try Program.run("/usr/bin/env gzip idx", in: directory.path).status == 0)
      try FileSystem.rename(directory("idx.gz"), to: directory("idx"))
    }
    #expect(throws: StorageError.wrongFormat(path: directory("idx"), expected: .idx, found: .gzip)) {
      try IDXReader(directory("idx"))
    }
    #expect(throws: StorageError.wrongFormat(path: directory("idx"), expected: .safetensors, found: .gzip)) {
      try SafetensorsReader(directory("idx"))
    }
  }

  @Test(arguments: [
    [], [0], [0, 0], [1, 2, 3], Array("hello, world".utf8), [UInt8](repeating: 255, count: 99),
  ])
  func `What we do not know has no name`(start: [UInt8]) { #expect(FileSignature(start) == nil) }

  @Test func `What stands in names on a line of its own says what to do`() {
    let fault = StorageError.wrongFormat(path: "f", expected: .idx, found: .largeFilePointer)
    #expect(
      fault.description
        == "f: expected an IDX file, found a Git LFS pointer; fetch the file that it stands for (git lfs pull)"
    )
  }
}
