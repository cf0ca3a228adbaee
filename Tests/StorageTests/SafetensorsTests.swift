import Foundation
import Storage
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  private func file(_ json: String, data: Int) -> [UInt8] {
    let header = Array(json.utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> ($0 * 8)) } + header
      + [UInt8](repeating: 1, count: data)
  }

  @Test func `What is written comes back, sorted and aligned`() throws {
    var writer = SafetensorsWriter(metadata: ["k": "v/ü"])
    writer.add("b", [UInt8(1), 2, 3], shape: [3])
    writer.add("a", [Float(1.5), -2], shape: [2, 1])
    let bytes = try writer.bytes()
    let back = try Safetensors(bytes, path: "f")
    #expect(back.metadata == ["k": "v/ü"])
    #expect(try back.elements("b", as: UInt8.self, shape: [nil]) == [1, 2, 3])
    #expect(try back.floats("a", shape: [2, 1]) == [1.5, -2])
    #expect(back.header.dataOffset % 8 == 0 && back.header.tensors["a"]?.range == 0..<8)
    #expect(try writer.bytes() == bytes)
  }

  @Test func `Reading rows from disk gives the same bytes`() throws {
    let directory = try TemporaryDirectory()
    var writer = SafetensorsWriter(metadata: [:])
    writer.add("x", (0..<12).map { UInt16($0) }, shape: [4, 3])
    try AtomicFile.write(try writer.bytes(), to: directory("f"))
    let reader = try SafetensorsReader(directory("f"))
    let layout = try reader.header.layout("x", types: [.u16], shape: [nil, 3], path: "f")
    #expect(try reader.rows(1..<3, of: layout) == [3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8, 0])
  }

  @Test(arguments: [
    ("", 0), ("{", 0), ("[]", 0), (#"{"a":1}"#, 0),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 3),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 5),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4),
    (#"{"a":{"dtype":"U8","shape":[1000000,1000000],"data_offsets":[0,1000000000000]}}"#, 4),
    (#"{"a":{"dtype":"F64","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#, 0),
    (
      #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}"#,
      3
    ),
    (
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}"#,
      3
    ),
    (#"{"__metadata__":{"a":1}}"#, 0),
    (#"{"__metadata__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1),
  ])
  func `A header that is wrong in any way is an error`(json: String, data: Int) {
    #expect(throws: StorageError.self) { try Safetensors(file(json, data: data), path: "f") }
  }

  @Test func `A header that claims more than the file or the limit is an error`() {
    #expect(throws: StorageError.truncated(path: "f", expected: 8, found: 3)) {
      try Safetensors([1, 2, 3], path: "f")
    }
    #expect(throws: StorageError.truncated(path: "f", expected: 108, found: 10)) {
      try Safetensors([100, 0, 0, 0, 0, 0, 0, 0, 1, 2], path: "f")
    }
    #expect(throws: StorageError.self) { try Safetensors([UInt8](repeating: 255, count: 16), path: "f") }
  }

  @Test func `Wrong names, types and shapes are told`() throws {
    var writer = SafetensorsWriter(metadata: [:])
    writer.add("a", [Float(1)], shape: [1])
    let file = try Safetensors(try writer.bytes(), path: "f")
    #expect(throws: StorageError.missingTensor(path: "f", name: "b")) { try file.floats("b", shape: [1]) }
    #expect(throws: StorageError.wrongType(path: "f", tensor: "a", expected: "U8", found: "F32")) {
      try file.elements("a", as: UInt8.self, shape: [1])
    }
    #expect(throws: StorageError.wrongShape(path: "f", tensor: "a", expected: "[2, any]", found: [1])) {
      try file.floats("a", shape: [2, nil])
    }
  }
}

@Suite struct ZstdFrameTests {
  @Test func `Content comes back, the same bytes for the same content`() throws {
    let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    let frame = try ZstdFrame.compress(content, path: "f")
    #expect(frame.count < 2000)
    #expect(try ZstdFrame.compress(content, path: "f") == frame)
    #expect(try ZstdFrame.decompress(frame, path: "f") == content)
    #expect(try ZstdFrame.decompress(try ZstdFrame.compress([], path: "f"), path: "f") == [])
  }

  @Test func `A claim of more than the limit is refused before anything is allocated`() {
    // A frame header with an 8-byte content size of 10^12, single segment, checksum.
    let claim = (0..<8).map { UInt8(truncatingIfNeeded: 1_000_000_000_000 >> ($0 * 8)) }
    let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0b1110_0100] + claim + [1, 0, 0]
    #expect(throws: StorageError.tooLarge(path: "f", bytes: 1_000_000_000_000, limit: ZstdFrame.contentLimit))
    {
      try ZstdFrame.decompress(frame, path: "f")
    }
  }

  @Test func `Two frames, none, and a frame without checksum are refused`() throws {
    let frame = try ZstdFrame.compress([1, 2, 3], path: "f")
    #expect(throws: StorageError.self) { try ZstdFrame.decompress(frame + frame, path: "f") }
    #expect(throws: StorageError.self) { try ZstdFrame.decompress([], path: "f") }
    var unchecked = Array(frame.dropLast(4))
    unchecked[4] &= ~0b100
    #expect(throws: StorageError.damagedFrame(path: "f", reason: "zstd frame without a checksum")) {
      try ZstdFrame.decompress(unchecked, path: "f")
    }
  }
}

@Suite struct DigestTests {
  @Test func `SHA-256 of the standard's examples`() {
    #expect(
      Digest(of: Array("abc".utf8)).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(Digest(of: [UInt8]()).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(Digest(hex: "abc") == nil)
  }

  @Test func `A file's digest is that of its bytes`() throws {
    let directory = try TemporaryDirectory()
    let content = [UInt8](repeating: 7, count: (1 << 20) + 5)
    try AtomicFile.write(content, to: directory("f"))
    #expect(try Digest(ofFile: directory("f")) == Digest(of: content))
  }
}
