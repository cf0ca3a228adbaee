import Datasets
import Foundation
import Stage
import Storage
import TestSupport
import Testing

/// Every input that the fuzzer found worth keeping (`Tests/Fuzz/Corpus`, from `pipelines/checks/fuzz.sh`) through the
/// reader that it is for: an error or a result, never a trap.
@Suite struct CorpusTests {
  private static let corpus = FileSystem.parent(FileSystem.parent(#filePath)) + "/Fuzz/Corpus/"

  private func forEach(_ reader: String, _ read: (String, [UInt8]) throws -> Void) throws {
    let names = try FileSystem.list(Self.corpus + reader)
    #expect(names.count > 5)
    for name in names {
      try? read(Self.corpus + reader + "/" + name, bytes(Self.corpus + reader + "/" + name))
    }
  }

  @Test(arguments: ["idx", "gzip"]) func `IDX files`(reader: String) throws {
    try forEach(reader) { path, _ in
      for axes in [1, 3] {
        guard let file = try? IDXReader(path, axes: axes, elementTypes: [8, 11, 12]) else { continue }
        _ = try file.read(items: min(file.count, (1 << 20) / max(1, file.itemBytes)))
      }
    }
  }

  @Test func `Shards`() throws {
    try forEach("zstd") { path, bytes in _ = try ImageShard(ShardFile(bytes, path: path)) }
  }

  @Test func `Safetensors files`() throws {
    try forEach("safetensors") { path, bytes in
      let file = try Safetensors(bytes, path: path)
      for name in file.header.tensors.keys { _ = try? file.floats(name, shape: [nil]) }
    }
  }

  @Test func `Manifests`() throws {
    let directory = try TemporaryDirectory()
    try forEach("manifest") { _, bytes in
      try Data(bytes).write(to: URL(fileURLWithPath: directory(Manifest.fileName)))
      _ = try FinishedDirectory(directory.path)
    }
  }
}
