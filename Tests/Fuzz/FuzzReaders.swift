import Datasets
import Foundation
import Stage
import Storage

/// Feeds the readers of files that others may have damaged. libFuzzer calls this; `pipelines/fuzz.sh` builds
/// and runs it. DK_FUZZ_READER names the reader: idx, gzip, zstd, safetensors or manifest.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: data, count: count))
  do {
    try Reader.chosen.read(bytes)
  } catch {
    // An error is the right answer to damage; only a trap, a hang or much memory is a finding.
  }
  return 0
}

@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ callback: @convention(c) (UnsafePointer<UInt8>, Int) -> CInt
) -> CInt

/// The package manager links its own name of `main`, so libFuzzer's is not the one that starts.
@_cdecl("dk_fuzz_main")
public func fuzzMain(_ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt {
  var count = count
  var arguments = arguments
  return runDriver(&count, &arguments) { fuzzOneInput($0, $1) }
}

private enum Reader: String {
  case idx, gzip, zstd, safetensors, manifest

  static let chosen =
    Reader(rawValue: ProcessInfo.processInfo.environment["DK_FUZZ_READER"] ?? "") ?? .safetensors
  static let directory = "/dev/shm/dk-fuzz-\(getpid())"

  func read(_ bytes: [UInt8]) throws {
    switch self {
    case .idx: try Self.readIDX(bytes)
    case .gzip: try Self.readIDX([0x1f, 0x8b] + bytes.dropFirst(2))
    case .zstd:
      _ = try ImageShard(ShardFile(bytes, path: "shard"))
    case .safetensors:
      try Self.readSafetensors(bytes)
    case .manifest:
      try Self.write(bytes, Manifest.fileName)
      _ = try FinishedDirectory(Self.directory)
    }
  }

  private static func readIDX(_ bytes: [UInt8]) throws {
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

  private static func readSafetensors(_ bytes: [UInt8]) throws {
    let file = try Safetensors(bytes, path: "file")
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

  private static func write(_ bytes: [UInt8], _ name: String) throws {
    mkdir(directory, 0o700)
    try Data(bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
  }
}
