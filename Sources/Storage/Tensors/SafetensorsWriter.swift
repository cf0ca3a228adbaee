/// Builds a safetensors file; equal content gives equal bytes.
package struct SafetensorsWriter {
  private var tensors: [(name: String, type: TensorType, shape: [Int], bytes: [UInt8])] = []
  /// String metadata (`__metadata__`).
  package var metadata: [String: String]

  /// A file without tensors.
  package init(metadata: [String: String]) { self.metadata = metadata }

  /// Adds a tensor.
  ///
  /// - Parameters:
  ///   - name: not yet used in this file.
  ///   - elements: row-major, as many as the product of `shape`.
  ///   - shape: outermost extent first.
  package mutating func add<Element: TensorElement>(_ name: String, _ elements: [Element], shape: [Int]) {
    add(name, bytes: elements.withUnsafeBytes { Array($0) }, type: Element.tensorType, shape: shape)
  }

  /// Adds a tensor by its bytes.
  ///
  /// - Parameters:
  ///   - name: not yet used in this file.
  ///   - bytes: elements, little-endian and row-major.
  ///   - type: element type.
  ///   - shape: outermost extent first.
  package mutating func add(_ name: String, bytes: [UInt8], type: TensorType, shape: [Int]) {
    precondition(bytes.count == shape.reduce(type.width, *), "\(name): \(bytes.count) bytes in \(shape)")
    precondition(!tensors.contains { $0.name == name }, "two tensors named \(name)")
    tensors.append((name, type, shape, bytes))
  }

  /// The file's bytes. The header is padded to a multiple of eight bytes and the widest elements come first, so that
  /// every tensor is aligned.
  ///
  /// - Throws: `StorageError.outOfMemory`.
  package func bytes() throws -> [UInt8] {
    // Sorted by name within a width, so that the bytes do not depend on the order of the `add` calls.
    let ordered = tensors.sorted { ($1.type.width, $0.name) < ($0.type.width, $1.name) }
    var header: [String: JSONValue] =
      metadata.isEmpty ? [:] : ["__metadata__": .object(metadata.mapValues { .string($0) })]
    var offset = 0
    for tensor in ordered {
      header[tensor.name] = [
        "dtype": .string(tensor.type.rawValue), "shape": JSONValue(tensor.shape),
        "data_offsets": [.integer(offset), .integer(offset + tensor.bytes.count)],
      ]
      offset += tensor.bytes.count
    }
    var json = CanonicalJSON.encode(.object(header))
    json += Array(repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
    let start = (0..<8).map { UInt8(truncatingIfNeeded: json.count >> ($0 * 8)) } + json
    return try Allocation.bytes(start.count + offset, path: "safetensors") { buffer, initialized in
      for piece in [start] + ordered.map(\.bytes) {
        UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[initialized...])
          .copyBytes(from: piece)
        initialized += piece.count
      }
    }
  }
}
