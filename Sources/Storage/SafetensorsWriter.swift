import Foundation

/// Builds the bytes of a safetensors file; the same content gives the same bytes.
package struct SafetensorsWriter {
  private var tensors: [(name: String, type: TensorType, shape: [Int], bytes: [UInt8])] = []
  package var metadata: [String: String]

  package init(metadata: [String: String]) { self.metadata = metadata }

  /// - Parameters:
  ///   - elements: row-major, as many as `shape` holds.
  ///   - shape: outermost extent first.
  package mutating func add<Element: TensorElement>(_ name: String, _ elements: [Element], shape: [Int]) {
    precondition(elements.count == shape.reduce(1, *), "\(name): \(elements.count) elements in \(shape)")
    tensors.append((name, Element.tensorType, shape, elements.withUnsafeBytes { Array($0) }))
  }

  /// The file: header padded to eight bytes, widest elements first so that each tensor is aligned.
  package func bytes() throws -> [UInt8] {
    let ordered = tensors.sorted { ($1.type.width, $0.name) < ($0.type.width, $1.name) }
    var header: [String: SafetensorsHeader.Entry] =
      metadata.isEmpty ? [:] : ["__metadata__": .metadata(metadata)]
    var offset = 0
    for tensor in ordered {
      header[tensor.name] = .tensor(
        tensor.type, shape: tensor.shape, offsets: [offset, offset + tensor.bytes.count])
      offset += tensor.bytes.count
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var json = Array(try encoder.encode(header))
    json += Array(repeating: UInt8(ascii: " "), count: (8 - json.count % 8) % 8)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(8 + json.count + offset)
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: json.count >> ($0 * 8)) }
    bytes += json
    for tensor in ordered { bytes += tensor.bytes }
    return bytes
  }
}
