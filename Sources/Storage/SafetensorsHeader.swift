import Foundation

/// Where one tensor lies in a safetensors file.
package struct TensorLayout: Sendable, Equatable {
  package let type: TensorType
  package let shape: [Int]
  /// Bytes, counted from the end of the header.
  package let range: Range<Int>
}

/// The header of a safetensors file: an 8-byte length, then JSON.
package struct SafetensorsHeader: Sendable {
  /// A larger header is damage: ours are under a kilobyte.
  package static let byteLimit = 8 << 20

  package let tensors: [String: TensorLayout]
  package let metadata: [String: String]
  /// Where the tensors' bytes begin in the file.
  package let dataOffset: Int

  /// The length that the first eight bytes of a file state.
  ///
  /// - Throws: `StorageError.truncated`, `.tooLarge`.
  package static func jsonByteCount(_ start: some Collection<UInt8>, fileBytes: Int, path: String) throws
    -> Int
  {
    guard start.count >= 8 else {
      throw StorageError.truncated(path: path, expected: 8, found: start.count)
    }
    let length = start.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(byteLimit) else {
      throw StorageError.tooLarge(path: path, bytes: Int(clamping: length), limit: byteLimit)
    }
    guard Int(length) + 8 <= fileBytes else {
      throw StorageError.truncated(path: path, expected: Int(length) + 8, found: fileBytes)
    }
    return Int(length)
  }

  /// - Parameters:
  ///   - json: the header's text.
  ///   - fileBytes: size of the whole file; the tensors must cover what follows the header exactly.
  /// - Throws: `StorageError.malformed`.
  package init(json: [UInt8], fileBytes: Int, path: String) throws {
    let decoded: [String: Entry]
    do {
      decoded = try JSONDecoder().decode([String: Entry].self, from: Data(json))
    } catch {
      throw StorageError.malformed(path: path, reason: "safetensors header is not valid JSON of its form")
    }
    dataOffset = 8 + json.count
    var metadata: [String: String] = [:]
    var tensors: [String: TensorLayout] = [:]
    for (name, entry) in decoded {
      switch (name, entry) {
      case ("__metadata__", .metadata(let values)): metadata = values
      case (_, .tensor(let type, let shape, let offsets)) where name != "__metadata__":
        tensors[name] = try Self.layout(name, type, shape, offsets, fileBytes - dataOffset, path)
      default: throw StorageError.malformed(path: path, reason: "safetensors header: bad entry '\(name)'")
      }
    }
    self.metadata = metadata
    self.tensors = tensors
    var end = 0
    for range in tensors.values.map(\.range).sorted(by: { $0.lowerBound < $1.lowerBound })
    where !range.isEmpty {
      guard range.lowerBound == end else {
        throw StorageError.malformed(
          path: path, reason: "safetensors header: tensors overlap or leave a hole at byte \(end)")
      }
      end = range.upperBound
    }
    guard end == fileBytes - dataOffset else {
      throw StorageError.malformed(
        path: path, reason: "safetensors: expected \(end) bytes of tensors, found \(fileBytes - dataOffset)")
    }
  }

  private static func layout(
    _ name: String, _ type: TensorType, _ shape: [Int], _ offsets: [Int], _ dataBytes: Int, _ path: String
  ) throws -> TensorLayout {
    var bytes = type.width
    for extent in shape {
      let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
      guard extent >= 0, !overflow else {
        throw StorageError.malformed(path: path, reason: "tensor '\(name)' has an impossible shape \(shape)")
      }
      bytes = product
    }
    guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= dataBytes,
      offsets[1] - offsets[0] == bytes
    else {
      throw StorageError.malformed(
        path: path,
        reason: "tensor '\(name)' of \(bytes) bytes has offsets \(offsets) in \(dataBytes) bytes of data")
    }
    return TensorLayout(type: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// The layout of the tensor `name`, checked.
  ///
  /// - Parameter shape: nil extents match anything.
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

  /// One member of the header's JSON object.
  enum Entry: Codable {
    case metadata([String: String])
    case tensor(TensorType, shape: [Int], offsets: [Int])

    private enum Key: String, CodingKey {
      case dtype, shape
      case offsets = "data_offsets"
    }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      // A tensor's `shape` is an array; a metadata value of that name would be a string.
      if let shape = try? container.decode([Int].self, forKey: .shape) {
        self = .tensor(
          try container.decode(TensorType.self, forKey: .dtype), shape: shape,
          offsets: try container.decode([Int].self, forKey: .offsets))
      } else {
        self = .metadata(try [String: String](from: decoder))
      }
    }

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .metadata(let values): try values.encode(to: encoder)
      case .tensor(let type, let shape, let offsets):
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(type, forKey: .dtype)
        try container.encode(shape, forKey: .shape)
        try container.encode(offsets, forKey: .offsets)
      }
    }
  }
}
