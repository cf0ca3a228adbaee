import Datasets
import Foundation
import Stage
import Storage

/// The readers of files that others may have damaged, each as a function of the file's bytes: for the fuzzer, and for
/// the test that runs its corpus.
package enum FuzzReader: String, CaseIterable, Sendable {
  case idx, gzip, zstd, safetensors, json
  /// Images and labels in an array file of any format.
  case array
  /// An image of a folder.
  case png
  /// The content of a frame, which is whole: past its checksum.
  case shard
  case manifest
  /// What stands behind a manifest's seal, which is right: past its checksum, and then used by all who use manifests.
  case use
  /// The same for a plan.
  case plan

  /// Files are written below; in memory, where that can be had.
  private static let root =
    (FileSystem.kind("/dev/shm") == .directory ? "/dev/shm" : NSTemporaryDirectory())
    + "/dk-fuzz-\(ProcessInfo.processInfo.processIdentifier)"

  /// Of this reader alone.
  var directory: String { Self.root + "/" + rawValue }

  /// Removes what the readers of this process wrote.
  package static func clean() throws { try FileSystem.remove(root) }

  /// Reads `bytes` as a program would.
  ///
  /// - Throws: any error of the reader's: the right answer to damage.
  package func read(_ bytes: [UInt8]) throws {
    switch self {
    case .idx: try readIDX(bytes)
    case .gzip: try readIDX([0x1f, 0x8b] + bytes.dropFirst(2))
    case .zstd: _ = try ImageShard(ShardFile(bytes, path: "shard"))
    case .safetensors: try readSafetensors(bytes)
    case .json: try readJSON(bytes)
    case .array: try readArray(bytes)
    case .png: try readPNG(bytes)
    case .shard: try readShard(bytes)
    case .manifest:
      try write(bytes, Manifest.fileName)
      _ = try FinishedDirectory(directory)
    case .use: try useManifest(bytes)
    case .plan: try usePlan(bytes)
    }
  }

  private func readIDX(_ bytes: [UInt8]) throws {
    try write(bytes, "idx")
    let reader = try IDXReader(directory + "/idx")
    // In pieces of a shard, as the ingest reads.
    let piece = max(1, (1 << 20) / max(1, reader.itemBytes))
    var rest = reader.count
    var whole: [UInt8] = []
    while rest > 0 {
      let count = min(rest, piece)
      let elements = try reader.read(items: count)
      _ = reader.element.integers(elements)
      if whole.count < 1 << 20 { whole += elements }
      rest -= count
    }
    guard !reader.isCompressed else { return }
    // The same from behind, in any order.
    let rows = Array((0..<min(reader.count, piece, 1 << 10)).reversed())
    let items = try reader.items(rows)
    for (place, row) in rows.enumerated() where (row + 1) * reader.itemBytes <= whole.count {
      precondition(
        items[place * reader.itemBytes..<(place + 1) * reader.itemBytes].elementsEqual(
          whole[row * reader.itemBytes..<(row + 1) * reader.itemBytes]))
    }
  }

  private func readSafetensors(_ bytes: [UInt8]) throws {
    let file = try Safetensors(bytes, path: "file")
    // What our own files keep beside their tensors.
    _ = try? FeatureStatistics(file)
    _ = try? StreamSummary(file)
    _ = try? LabelMap(file.metadata, outputs: 3, path: "file")
    try write(bytes, "safetensors")
    let reader = try SafetensorsReader(directory + "/safetensors")
    for (name, layout) in file.header.tensors {
      let shape = [Int?](repeating: nil, count: layout.shape.count)
      _ = try? file.floats(name, shape: shape)
      _ = try? file.integers(name, shape: shape)
      _ = try? file.labels(name, shape: shape)
      let rows = Array((0..<min(layout.rows, 1 << 10)).reversed())
      let content = try reader.rows(rows, of: layout)
      precondition(content.count == rows.count * layout.rowBytes)
    }
  }

  private func readJSON(_ bytes: [UInt8]) throws {
    var reader = JSONReader(bytes)
    let value = try reader.value()
    try reader.end()
    // What is written is read again as the same.
    var text: [UInt8] = []
    CanonicalJSON.append(value, to: &text)
    var second = JSONReader(text)
    let again = try second.value()
    precondition(again == value, "\(value) became \(again)")
  }

  private func readArray(_ bytes: [UInt8]) throws {
    try write(bytes, "array")
    let source = try ArraySource(directory + "/array")
    _ = try? source.labels()
    let rows = Array((0..<min(source.count, 64)).reversed())
    let images = try source.images(rows)
    precondition(images.count == rows.count * source.shape.count)
  }

  private func readPNG(_ bytes: [UInt8]) throws {
    try write(bytes, "folder/0.png")
    let folder = try ImageFolder(directory + "/folder", threads: 1)
    let image = try folder.images([0])
    precondition(image.count == folder.shape.count)
  }

  private func readShard(_ bytes: [UInt8]) throws {
    let frame = try ZstdFrame.compress(bytes, path: "shard")
    let shard = try ShardFile(frame, path: "shard")
    let images = try ImageShard(shard)
    var statistics = FeatureStatistics(
      inputs: images.shape.count, classes: 1, element: images.features.element)
    statistics.add(images.features, labels: nil)
  }

  func write(_ bytes: [UInt8], _ name: String) throws {
    try FileSystem.createDirectory(FileSystem.parent(directory + "/" + name))
    try Data(bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
  }
}
