import Datasets
import Foundation
import Stage
import Storage
import TestSupport
import Testing

/// The digest of a folder of images is remembered with how its files looked.
@Suite struct ImageFolderTests {
  private let space: ImageSpace
  private static let images = FileSystem.parent(FileSystem.parent(#filePath)) + "/Fuzz/Corpus/png/good-"

  init() throws {
    space = try ImageSpace()
    for label in ["a", "b"] {
      try FileSystem.createDirectory(space.directory("f/\(label)"))
      try AtomicFile.write(try bytes(Self.images + "grey"), to: space.directory("f/\(label)/1.png"))
    }
    // Left alone for long enough to be remembered.
    usleep(2_100_000)
  }

  private func folder() throws -> ImageFolder {
    try ImageFolder(
      space.directory("f"), threads: 2, digests: FileDigests(rememberedIn: [space.directory("o/train")]))
  }

  private func ingest(_ folder: ImageFolder) throws { _ = try space.ingest(folder, to: "o") }

  @Test func `Files that still look the same are not read again`() throws {
    let first = try folder()
    try ingest(first)
    let again = try folder()
    #expect(again.inputs.map(\.digest) == first.inputs.map(\.digest) && again.shape == first.shape)
    // What is remembered is believed, so nothing was read.
    let locations = space.directory("o/train/locations.json")
    let text = String(decoding: try bytes(locations), as: UTF8.self)
    let changed = text.replacing(first.inputs[0].digest.hex, with: Digest(of: [4]).hex)
    try #require(changed != text && text.contains("\"stamps\""))
    try AtomicFile.write(Array(changed.utf8), to: locations)
    #expect(try folder().inputs[0].digest == Digest(of: [4]))
  }

  @Test(arguments: [
    "cp b/1.png b/2.png", "mv b/1.png b/2.png", "mv a/1.png b/2.png", "cp -p a/1.png x; mv x b/1.png",
    "touch b/1.png",
  ])
  func `Any other look has them read again`(change: String) throws {
    try ingest(try folder())
    let locations = space.directory("o/train/locations.json")
    let wrong = String(decoding: try bytes(locations), as: UTF8.self)
      .replacing(try folder().inputs[0].digest.hex, with: Digest(of: [4]).hex)
    try AtomicFile.write(Array(wrong.utf8), to: locations)
    #expect(try Program.shell("cd f; " + change, in: space.directory.path).status == 0)
    #expect(try folder().inputs[0].digest != Digest(of: [4]))
  }

  @Test func `Impossible shapes that are remembered are not believed`() throws {
    let first = try folder()
    try ingest(first)
    let locations = space.directory("o/train/locations.json")
    let text = String(decoding: try bytes(locations), as: UTF8.self)
    for number in ["0", "-1", "1048577", "9223372036854775807"] {
      let changed = text.replacing(/"rows"\s*:\s*\d+/, with: "\"rows\": \(number)")
      try #require(changed != text)
      try AtomicFile.write(Array(changed.utf8), to: locations)
      #expect(try folder().shape == first.shape)
    }
  }
}
