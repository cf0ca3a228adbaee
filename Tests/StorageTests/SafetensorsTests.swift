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

  @Test(arguments: [
    (#" {"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#, 1),
    (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}\#n"#, 1),
    (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}} \#t "#, 1),
    (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}x"#, 1),
    (
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
      1
    ),
    (#"{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}"#, 1),
    (#"{"__metadata__":{"a":"b","a":"c"}}"#, 0), (#"{"__metadata__":{"a":["b"]}}"#, 0),
    (#"{"__metadata__":{"a":true}}"#, 0), (#"{"__metadata__":"a"}"#, 0),
    (#"{"a":{"dtype":"U8","shape":[1]}}"#, 1), (#"{"a":{"dtype":1,"shape":[1],"data_offsets":[0,1]}}"#, 1),
    (#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1,1]}}"#, 1),
    // Of a type that nobody knows the offsets still must lie in the file and cover it.
    (#"{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,2]}}"#, 1),
    (#"{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}"#, 2),
    (#"{"a":{"dtype":"F4","shape":[-2],"data_offsets":[0,1]}}"#, 1),
    (#"{"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,1]}}"#, 1),
    (#"{"a":{"dtype":"C64","shape":[1],"data_offsets":[0,4]}}"#, 4),
  ])
  func `A header that the format does not allow is an error`(json: String, data: Int) {
    #expect(throws: StorageError.self) { try Safetensors(file(json, data: data), path: "f") }
  }

  @Test func `Spaces after the header, and members that are new, are taken`() throws {
    let json = #"{"a":{"dtype":"U8","new":{"x":[1]},"shape":[1],"data_offsets":[0,1]}}    "#
    #expect(try Safetensors(file(json, data: 1), path: "f").integers("a", shape: [1]) == [1])
  }

  @Test(arguments: ["F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "F99"])
  func `A tensor of a type that we do not read stands beside others`(type: String) throws {
    let json =
      #"{"a":{"dtype":"\#(type)","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}"#
    let read = try Safetensors(file(json, data: 6), path: "f")
    #expect(read.header.tensors["a"]?.type.rawValue == type)
    #expect(try read.integers("b", shape: [2]) == [1, 1])
    #expect(
      throws: StorageError.wrongType(
        path: "f", tensor: "a", expected: "F32 or F16 or BF16 or F64", found: type)
    ) {
      try read.floats("a", shape: [4])
    }
  }

  @Test func `Floats of all types, at any address, are read`() throws {
    let types: [(String, [UInt8], [Float])] = [
      ("F16", [0, 0x3E, 0, 0xC0], [1.5, -2]), ("BF16", [0xC0, 0x3F, 0, 0xC0], [1.5, -2]),
      ("F32", [0, 0, 0xC0, 0x3F, 0, 0, 0, 0xC0], [1.5, -2]),
      ("F64", [0, 0, 0, 0, 0, 0, 0xF8, 0x3F, 0, 0, 0, 0, 0, 0, 0, 0xC0], [1.5, -2]),
      ("F64", [0, 0, 0, 0, 0, 0, 0xF0, 0x7E], [.infinity]),
    ]
    for (type, elements, values) in types {
      // One byte of another tensor before them puts them at an odd address.
      let json =
        #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"\#(type)","#
        + #""shape":[\#(values.count)],"data_offsets":[1,\#(1 + elements.count)]}}"#
      let read = try Safetensors(file(json, data: 1) + elements, path: "f")
      #expect(try read.floats("a", shape: [nil]) == values, "\(type)")
    }
  }

  @Test func `Integers of all types are read, and none is wrapped`() throws {
    func integers<Element: TensorElement>(_ elements: [Element]) throws -> [Int] {
      var writer = SafetensorsWriter(metadata: [:])
      writer.add("a", elements, shape: [elements.count])
      return try Safetensors(try writer.bytes(), path: "f").integers("a", shape: [nil])
    }
    #expect(try integers([UInt8.max, 0]) == [255, 0])
    #expect(try integers([Int8.min, -1]) == [-128, -1])
    #expect(try integers([UInt16.max]) == [65535] && integers([Int16.min]) == [-32768])
    #expect(try integers([UInt32.max]) == [4_294_967_295] && integers([Int32.min]) == [-2_147_483_648])
    #expect(try integers([Int64.min, .max]) == [.min, .max] && integers([UInt64(Int.max)]) == [.max])
    #expect(throws: StorageError.valueTooLarge(path: "f", tensor: "a", index: 1, value: 1 << 63)) {
      try integers([UInt64(0), 1 << 63])
    }
    #expect(throws: StorageError.self) { try integers([Float(1)]) }
  }

  @Test func `Rows on disk are read in any order`() throws {
    let directory = try TemporaryDirectory()
    var writer = SafetensorsWriter(metadata: [:])
    writer.add("x", (0..<30).map { UInt16($0) }, shape: [10, 3])
    writer.add("scalar", [Float(2)], shape: [])
    writer.add("none", [UInt8](), shape: [0, 4])
    try AtomicFile.write(try writer.bytes(), to: directory("f"))
    let reader = try SafetensorsReader(directory("f"))
    let layout = try reader.header.layout("x", types: [.u16], shape: [nil, 3], path: "f")
    for rows in [[9, 0, 1, 0], [], Array(0..<10), [3, 2]] {
      let bytes = try reader.rows(rows, of: layout)
      #expect(
        try layout.type.integers(bytes, tensor: "x", path: "f")
          == rows.flatMap { [$0 * 3, $0 * 3 + 1, $0 * 3 + 2] })
    }
    let scalar = try #require(reader.header.tensors["scalar"])
    #expect(scalar.type.floats(try reader.rows(0..<1, of: scalar)) == [2])
    let none = try #require(reader.header.tensors["none"])
    #expect(try reader.rows(0..<0, of: none) == [] && none.rowBytes == 0)
  }

  @Test func `A header of hundreds of axes, or of a hundred megabytes, is refused`() {
    let axes = (0..<65).map { _ in "1" }.joined(separator: ",")
    let json = #"{"a":{"dtype":"U8","shape":[\#(axes)],"data_offsets":[0,1]}}"#
    #expect(throws: StorageError.self) { try Safetensors(file(json, data: 1), path: "f") }
    let length = (0..<8).map { UInt8(truncatingIfNeeded: 100_000_001 >> ($0 * 8)) }
    #expect(throws: StorageError.tooLarge(path: "f", bytes: 100_000_001, limit: 100_000_000)) {
      try Safetensors(length + [UInt8(ascii: "{")], path: "f")
    }
  }
}
