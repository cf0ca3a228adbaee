import Foundation
import Storage
import TestSupport
import Testing

/// A short, repeatable stand-in for the long fuzzing of `pipelines/checks/fuzz.sh`: damaged files are errors or change
/// nothing, never traps.
@Suite struct MutationTests {
  private static let rounds = 20_000

  private func mutate(_ whole: [UInt8], _ read: ([UInt8]) throws -> Void) {
    var state: UInt64 = 0x1_5030_2531
    func random(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
    var refused = 0
    for _ in 0..<Self.rounds {
      var bytes = whole
      for _ in 0...random(4) {
        switch random(4) {
        case 0: bytes[random(bytes.count)] = UInt8(random(256))
        case 1: bytes[random(bytes.count)] ^= 1 << UInt8(random(8))
        case 2: bytes = Array(bytes.prefix(1 + random(bytes.count)))
        default:
          bytes.insert(
            contentsOf: [UInt8](repeating: UInt8(random(256)), count: random(9)), at: random(bytes.count))
        }
      }
      do { try read(bytes) } catch { refused += 1 }
    }
    #expect(refused > Self.rounds / 2)
  }

  private func safetensors() throws -> [UInt8] {
    var writer = SafetensorsWriter(metadata: ["identity": "abc"])
    writer.add("images", [UInt8](repeating: 3, count: 24), shape: [2, 3, 4])
    writer.add("x", [Float(1), 2], shape: [2])
    return try writer.bytes()
  }

  @Test func `Damaged safetensors files`() throws {
    mutate(try safetensors()) { bytes in
      let file = try Safetensors(bytes, path: "f")
      _ = try file.floats("x", shape: [2])
      _ = try file.elements("images", as: UInt8.self, shape: [2, 3, 4])
    }
  }

  @Test func `Damaged zstd frames`() throws {
    let content = try safetensors()
    mutate(try ZstdFrame.compress(content, path: "f")) { bytes in
      let read = try ZstdFrame.decompress(bytes, path: "f")
      #expect(read == content)
    }
  }

  @Test func `Damaged IDX files`() throws {
    let directory = try TemporaryDirectory()
    let path = directory("f")
    mutate(SyntheticImages(count: 3).idx.images) { bytes in
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let reader = try IDXReader(path, axes: 3, elementTypes: [8])
      _ = try reader.read(items: reader.count)
    }
  }
}
