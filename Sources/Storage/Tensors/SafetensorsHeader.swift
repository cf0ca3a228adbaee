/// The header of a safetensors file: an 8-byte length, then JSON.
package struct SafetensorsHeader: Sendable {
  /// Largest accepted header, in bytes; the safetensors library has the same limit.
  package static let byteLimit = 100_000_000
  /// Most axes of a tensor, so that a crafted shape cannot use up memory.
  private static let axisLimit = 64

  /// Tensors by name; together they cover the data without gap or overlap.
  package let tensors: [String: TensorLayout]
  /// Content of `__metadata__`; empty if there is none.
  package let metadata: [String: String]
  /// Byte offset of the tensors' data in the file.
  package let dataOffset: Int

  /// Header length, from the first eight bytes of the file.
  ///
  /// - Parameters:
  ///   - start: the first `FileSignature.byteCount` bytes or more, or the whole file if it is shorter.
  ///   - fileBytes: size of the whole file, in bytes.
  ///   - path: for messages.
  /// - Returns: number of bytes of JSON that follow.
  /// - Throws: `StorageError.truncated`, `.tooLarge`, `.wrongFormat`.
  package static func jsonByteCount(_ start: some Collection<UInt8>, fileBytes: Int, path: String) throws
    -> Int
  {
    if let found = FileSignature(start), found != .safetensors {
      // The length can look like another format's magic bytes, but then the JSON's brace follows.
      guard start.dropFirst(8).first == UInt8(ascii: "{") else {
        throw StorageError.wrongFormat(path: path, expected: .safetensors, found: found)
      }
    }
    // After the signature check, so that a short file of another format is reported as that, not as truncated.
    guard start.count >= 8 else {
      throw StorageError.truncated(path: path, expected: 8, found: start.count)
    }
    let length = start.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    // Compared as UInt64, because 2^63 and more do not fit Int.
    guard length <= UInt64(byteLimit) else {
      throw StorageError.tooLarge(path: path, bytes: Int(clamping: length), limit: byteLimit)
    }
    guard Int(length) + 8 <= fileBytes else {
      throw StorageError.truncated(path: path, expected: Int(length) + 8, found: fileBytes)
    }
    return Int(length)
  }

  /// - Parameters:
  ///   - json: the header's JSON.
  ///   - fileBytes: size of the whole file, in bytes; the tensors must exactly cover everything after the header.
  ///   - path: for messages.
  /// - Throws: `StorageError.malformed`.
  package init(json: [UInt8], fileBytes: Int, path: String) throws {
    dataOffset = 8 + json.count
    let dataBytes = fileBytes - dataOffset
    do {
      var content = Content(dataBytes: dataBytes)
      try content.read(json)
      (metadata, tensors) = (content.metadata, content.tensors)
    } catch let fault as JSONFault {
      throw StorageError.malformed(
        path: path, reason: "safetensors header: \(fault.reason) at byte \(fault.offset)")
    } catch let fault as Content.Fault {
      throw StorageError.malformed(path: path, reason: "safetensors header: \(fault.reason)")
    }
    var end = 0
    // As in the safetensors library: gaps and overlaps are refused, because they could hide content. Empty tensors
    // have no bytes and may have any offset.
    for range in tensors.values.map(\.range).sorted(by: { $0.lowerBound < $1.lowerBound })
    where !range.isEmpty {
      guard range.lowerBound == end else {
        throw StorageError.malformed(
          path: path, reason: "safetensors header: tensors overlap or leave a hole at byte \(end)")
      }
      end = range.upperBound
    }
    guard end == dataBytes else {
      throw StorageError.malformed(
        path: path, reason: "safetensors: expected \(end) bytes of tensors, found \(dataBytes)")
    }
  }

  /// The layout of the tensor `name`, with its type and shape checked.
  ///
  /// - Parameters:
  ///   - name: name of the tensor.
  ///   - types: accepted element types.
  ///   - shape: expected extents; nil matches any.
  ///   - path: for messages.
  /// - Returns: type, shape and position.
  /// - Throws: `StorageError.missingTensor`, `.wrongType`, `.wrongShape`.
  package func layout(_ name: String, types: [TensorType], shape: [Int?], path: String) throws
    -> TensorLayout
  {
    guard let layout = tensors[name] else {
      throw StorageError.missingTensor(path: path, name: name)
    }
    guard types.contains(layout.type) else {
      throw StorageError.wrongType(
        path: path, tensor: name, expected: types.map(\.rawValue).joined(separator: " or "),
        found: layout.type.rawValue)
    }
    guard layout.shape.count == shape.count, zip(layout.shape, shape).allSatisfy({ $1 == nil || $0 == $1 })
    else {
      throw StorageError.wrongShape(
        path: path, tensor: name,
        expected: "[" + shape.map { $0.map(String.init) ?? "any" }.joined(separator: ", ") + "]",
        found: layout.shape)
    }
    return layout
  }

  /// Content of the JSON, checked entry by entry.
  private struct Content {
    struct Fault: Error {
      let reason: String
    }

    let dataBytes: Int
    var metadata: [String: String] = [:]
    var tensors: [String: TensorLayout] = [:]

    init(dataBytes: Int) { self.dataBytes = dataBytes }

    mutating func read(_ json: [UInt8]) throws {
      // Unlike JSON, the format does not allow leading white space.
      guard json.first == UInt8(ascii: "{") else { throw Fault(reason: "expected '{' as its first byte") }
      // Trailing spaces are allowed, to align the tensors, but no other white space.
      guard json.last(where: { $0 != UInt8(ascii: " ") }) == UInt8(ascii: "}") else {
        throw Fault(reason: "expected '}' and spaces at its end")
      }
      var reader = JSONReader(json)
      try reader.object { name, reader in
        if name == "__metadata__" {
          try reader.object { metadata[$0] = try $1.string() }
        } else {
          tensors[name] = try layout(name, &reader)
        }
      }
      try reader.end()
    }

    private func layout(_ name: String, _ reader: inout JSONReader) throws -> TensorLayout {
      var type: TensorType?
      var shape: [Int]?
      var offsets: [Int]?
      try reader.object { key, reader in
        switch key {
        case "dtype": type = TensorType(name: try reader.string())
        case "shape": shape = try integers(&reader, of: name)
        case "data_offsets": offsets = try integers(&reader, of: name)
        // Unknown keys are ignored, as in the reference implementation.
        default: _ = try reader.value()
        }
      }
      guard let type, let shape, let offsets else {
        throw Fault(reason: "tensor '\(name)' needs dtype, shape and data_offsets")
      }
      return try Self.layout(name, type, shape, offsets, dataBytes)
    }

    private func integers(_ reader: inout JSONReader, of name: String) throws -> [Int] {
      var values: [Int] = []
      try reader.array {
        guard values.count < axisLimit else {
          throw Fault(reason: "tensor '\(name)' has more than \(axisLimit) axes")
        }
        values.append(try $0.integer())
      }
      return values
    }

    private static func layout(
      _ name: String, _ type: TensorType, _ shape: [Int], _ offsets: [Int], _ dataBytes: Int
    ) throws -> TensorLayout {
      // For an unknown type, only the number of elements can be checked for overflow.
      var size = type.isKnown ? type.width : 1
      for extent in shape {
        // Unchecked, extents of 2^32 and 2^32 would wrap to 0 bytes and pass every check below.
        let (product, overflow) = size.multipliedReportingOverflow(by: extent)
        guard extent >= 0, !overflow else {
          throw Fault(reason: "tensor '\(name)' has an impossible shape \(shape)")
        }
        size = product
      }
      guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= dataBytes else {
        throw Fault(reason: "tensor '\(name)' has offsets \(offsets) in \(dataBytes) bytes of data")
      }
      guard !type.isKnown || offsets[1] - offsets[0] == size else {
        throw Fault(reason: "tensor '\(name)' of \(size) bytes has offsets \(offsets)")
      }
      return TensorLayout(type: type, shape: shape, range: offsets[0]..<offsets[1])
    }
  }
}
