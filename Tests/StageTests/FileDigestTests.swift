import Foundation
import Stage
import Storage
import TestSupport
import Testing

/// Digests of files are remembered with how the files looked.
@Suite struct FileDigestTests {
  private let directory: TemporaryDirectory
  private var path: String { directory("source") }

  init() throws {
    directory = try TemporaryDirectory()
    try AtomicFile.write([1, 2, 3], to: path)
  }

  /// Three seconds ago, as if it had been left alone since; the time of the change is the system's to set.
  private func age() { usleep(2_100_000) }

  /// A finished directory that was made of the file.
  private func finish(_ input: Plan.Input) throws {
    let plan = Plan(
      kind: .model, stage: "dk-test", arithmeticVersion: 1, parameters: [:], inputs: [input],
      outputs: [.init(path: "model.safetensors", identity: Digest(of: [9]))])
    let output = try OutputDirectory(plan, OutputRequest(output: directory("out")), threads: 1)
    try output.begin()
    output.adopt([try output.publisher.publish([7], at: 0)])
    try output.finish { _ in ([:], [:]) }
  }

  private func input() throws -> Plan.Input {
    try FileDigests(rememberedIn: [directory("out"), directory("none")]).input("source", path)
  }

  @Test func `A file that still looks the same is not read again`() throws {
    age()
    let first = try input()
    #expect(first.digest == Digest(of: [1, 2, 3] as [UInt8]) && first.file != nil)
    try finish(first)
    #expect(try input().digest == first.digest)
    // What is remembered is believed: so the file was not read.
    let locations = directory("out/locations.json")
    let text = String(decoding: try bytes(locations), as: UTF8.self)
    let other = Digest(of: [4])
    let changed = text.replacingOccurrences(of: first.digest.hex, with: other.hex)
    try #require(changed != text)
    try AtomicFile.write(Array(changed.utf8), to: locations)
    #expect(try input().digest == other)
  }

  @Test func `Any change of the file, and its old time set back, has it read again`() throws {
    age()
    try finish(try input())
    let time = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate]
    // In place, of the same size, and with the old time of modification.
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.write(contentsOf: Data([1, 2, 4]))
    try handle.close()
    try FileManager.default.setAttributes([.modificationDate: time as Any], ofItemAtPath: path)
    #expect(try input().digest == Digest(of: [1, 2, 4] as [UInt8]))
    // Another file under the old name.
    try AtomicFile.write([5, 5, 5], to: path)
    #expect(try input().digest == Digest(of: [5, 5, 5] as [UInt8]))
  }

  @Test func `A file that was changed just before it was read is not remembered`() throws {
    let young = try input()
    #expect(young.file == nil && young.digest == Digest(of: [1, 2, 3] as [UInt8]))
    try finish(young)
    #expect(!String(decoding: try bytes(directory("out/locations.json")), as: UTF8.self).contains("sha256"))
    age()
    #expect(try input().file != nil)
  }
}
