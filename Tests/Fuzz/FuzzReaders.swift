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
      let file = try Safetensors(bytes, path: "file")
      for name in file.header.tensors.keys {
        _ = try? file.floats(name, shape: [nil])
        _ = try? file.labels(name, shape: [nil, nil])
      }
    case .manifest:
      try Self.write(bytes, Manifest.fileName)
      _ = try FinishedDirectory(Self.directory)
    }
  }

  private static func readIDX(_ bytes: [UInt8]) throws {
    try write(bytes, "idx")
    for axes in [1, 3] {
      guard let reader = try? IDXReader(directory + "/idx", axes: axes, elementTypes: [8, 11, 12]) else {
        continue
      }
      var rest = reader.count
      // In pieces of a shard, as the ingest reads.
      while rest > 0 {
        let piece = min(rest, max(1, (1 << 20) / max(1, reader.itemBytes)))
        _ = try reader.read(items: piece)
        rest -= piece
      }
    }
  }

  private static func write(_ bytes: [UInt8], _ name: String) throws {
    mkdir(directory, 0o700)
    try Data(bytes).write(to: URL(fileURLWithPath: directory + "/" + name))
  }
}
