extension TensorType {
  /// Types that `floats` accepts.
  package static let floating: [TensorType] = [.f32, .f16, .bf16, .f64]
  /// Types that `integers` accepts.
  package static let integral: [TensorType] = [.u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64]

  /// Decodes elements of a type in `floating` to 32-bit floats. F64 is rounded; values out of range become infinite.
  ///
  /// - Parameter bytes: little-endian elements, with any alignment.
  /// - Returns: [bytes / width].
  package func floats(_ bytes: some Collection<UInt8>) -> [Float] {
    switch self {
    case .f32: return elements(bytes, as: Float.self)
    case .f16: return elements(bytes, as: Float16.self).map { Float($0) }
    // bfloat16 is the upper half of a 32-bit float.
    case .bf16: return elements(bytes, as: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    case .f64: return elements(bytes, as: Double.self).map { Float($0) }
    default: preconditionFailure("\(rawValue) is no floating type that we read")
    }
  }

  /// Decodes elements of a type in `integral`.
  ///
  /// - Parameters:
  ///   - bytes: little-endian elements, with any alignment.
  ///   - tensor: name of the tensor, for messages.
  ///   - path: for messages.
  /// - Returns: [bytes / width].
  /// - Throws: `StorageError.valueTooLarge` for a value that does not fit `Int`.
  package func integers(_ bytes: some Collection<UInt8>, tensor: String, path: String) throws -> [Int] {
    switch self {
    case .u8: return bytes.map { Int($0) }
    case .i8: return bytes.map { Int(Int8(bitPattern: $0)) }
    case .u16: return elements(bytes, as: UInt16.self).map { Int($0) }
    case .i16: return elements(bytes, as: Int16.self).map { Int($0) }
    case .u32: return elements(bytes, as: UInt32.self).map { Int($0) }
    case .i32: return elements(bytes, as: Int32.self).map { Int($0) }
    case .i64: return elements(bytes, as: Int64.self).map { Int($0) }
    case .u64:
      return try elements(bytes, as: UInt64.self).enumerated().map { index, value in
        guard let number = Int(exactly: value) else {
          throw StorageError.valueTooLarge(path: path, tensor: tensor, index: index, value: value)
        }
        return number
      }
    default: preconditionFailure("\(rawValue) is no integral type")
    }
  }

  /// Decodes elements by copying the bytes: they cannot be used in place, because other programs' files may have
  /// unaligned tensors.
  func elements<Element: BitwiseCopyable>(_ bytes: some Collection<UInt8>, as type: Element.Type) -> [Element]
  {
    let count = bytes.count / MemoryLayout<Element>.stride
    return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
      UnsafeMutableRawBufferPointer(buffer).copyBytes(
        from: bytes.prefix(count * MemoryLayout<Element>.stride))
      initialized = count
    }
  }
}
