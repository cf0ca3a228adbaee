/// A safetensors file in memory: named tensors and string metadata.
package struct Safetensors: Sendable {
  /// For messages.
  package let path: String
  /// Names, types, shapes and positions of the tensors.
  package let header: SafetensorsHeader
  /// The whole file, header included.
  package let bytes: [UInt8]

  /// String metadata (`__metadata__`).
  package var metadata: [String: String] { header.metadata }

  /// Parses the header and checks it against the size; tensors are not copied.
  ///
  /// - Throws: `StorageError.truncated`, `.tooLarge`, `.wrongFormat`, `.malformed`.
  package init(_ bytes: [UInt8], path: String) throws {
    let length = try SafetensorsHeader.jsonByteCount(bytes, fileBytes: bytes.count, path: path)
    self.path = path
    self.bytes = bytes
    header = try SafetensorsHeader(json: Array(bytes[8..<8 + length]), fileBytes: bytes.count, path: path)
  }

  /// The layout of the tensor `name`, with its type and shape checked.
  ///
  /// - Throws: as `SafetensorsHeader.layout`.
  package func layout(_ name: String, types: [TensorType], shape: [Int?]) throws -> TensorLayout {
    try header.layout(name, types: types, shape: shape, path: path)
  }

  /// The elements of the tensor `name`, row-major.
  ///
  /// - Throws: as `layout`; `StorageError.outOfMemory`.
  package func elements<Element: TensorElement>(_ name: String, as type: Element.Type, shape: [Int?]) throws
    -> [Element]
  {
    let layout = try layout(name, types: [Element.tensorType], shape: shape)
    try Allocation.require(layout.range.count, path: path)
    return layout.type.elements(bytes[byteRange(layout)], as: type)
  }

  /// Unsigned integers of 8 or 16 bits, widened to 16.
  ///
  /// - Throws: as `layout`.
  package func labels(_ name: String, shape: [Int?]) throws -> [UInt16] {
    let layout = try layout(name, types: [.u8, .u16], shape: shape)
    let bytes = bytes[byteRange(layout)]
    return layout.type == .u8 ? bytes.map(UInt16.init) : layout.type.elements(bytes, as: UInt16.self)
  }

  /// Floats of any type in `TensorType.floating`, as 32-bit floats; values out of range become infinite.
  ///
  /// - Throws: as `layout`; `StorageError.outOfMemory`.
  package func floats(_ name: String, shape: [Int?]) throws -> [Float] {
    let layout = try layout(name, types: TensorType.floating, shape: shape)
    try requireMemory(layout, width: MemoryLayout<Float>.size)
    return layout.type.floats(bytes[byteRange(layout)])
  }

  /// Integers of any type in `TensorType.integral`.
  ///
  /// - Throws: as `layout`; `StorageError.valueTooLarge`, `.outOfMemory`.
  package func integers(_ name: String, shape: [Int?]) throws -> [Int] {
    let layout = try layout(name, types: TensorType.integral, shape: shape)
    try requireMemory(layout, width: MemoryLayout<Int>.size)
    return try layout.type.integers(bytes[byteRange(layout)], tensor: name, path: path)
  }

  /// Position of the tensor's data in `bytes`.
  package func byteRange(_ layout: TensorLayout) -> Range<Int> {
    header.dataOffset + layout.range.lowerBound..<header.dataOffset + layout.range.upperBound
  }

  /// Checks that memory is available for a copy of the elements and for the converted ones, `width` bytes each.
  private func requireMemory(_ layout: TensorLayout, width: Int) throws {
    try Allocation.require(layout.range.count + layout.range.count / layout.type.width * width, path: path)
  }
}
