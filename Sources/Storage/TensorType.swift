/// The element types of safetensors.
package enum TensorType: String, Codable, Sendable {
  case bool = "BOOL"
  case u8 = "U8"
  case i8 = "I8"
  case u16 = "U16"
  case i16 = "I16"
  case f16 = "F16"
  case bf16 = "BF16"
  case u32 = "U32"
  case i32 = "I32"
  case f32 = "F32"
  case u64 = "U64"
  case i64 = "I64"
  case f64 = "F64"

  /// Bytes of one element.
  package var width: Int {
    switch self {
    case .bool, .u8, .i8: 1
    case .u16, .i16, .f16, .bf16: 2
    case .u32, .i32, .f32: 4
    case .u64, .i64, .f64: 8
    }
  }
}

/// A Swift type whose memory is that of a safetensors element (little-endian machines).
package protocol TensorElement: BitwiseCopyable {
  static var tensorType: TensorType { get }
}

extension UInt8: TensorElement { package static var tensorType: TensorType { .u8 } }
extension Int8: TensorElement { package static var tensorType: TensorType { .i8 } }
extension UInt16: TensorElement { package static var tensorType: TensorType { .u16 } }
extension UInt32: TensorElement { package static var tensorType: TensorType { .u32 } }
extension UInt64: TensorElement { package static var tensorType: TensorType { .u64 } }
extension Float: TensorElement { package static var tensorType: TensorType { .f32 } }
extension Float16: TensorElement { package static var tensorType: TensorType { .f16 } }
