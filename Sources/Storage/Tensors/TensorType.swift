/// The element types of safetensors.
package enum TensorType: Hashable, Sendable {
  case bool, u8, i8, f8e4m3, f8e5m2, f8e8m0
  case u16, i16, f16, bf16
  case u32, i32, f32
  case u64, i64, f64, c64
  /// An unknown type, by name. A file may contain such tensors; only reading one is an error.
  case other(String)

  private static let known: [TensorType] = [
    .bool, .u8, .i8, .f8e4m3, .f8e5m2, .f8e8m0, .u16, .i16, .f16, .bf16, .u32, .i32, .f32, .u64, .i64, .f64,
    .c64,
  ]
  private static let byName = Dictionary(uniqueKeysWithValues: known.map { ($0.rawValue, $0) })

  /// - Parameter name: as in a file's header.
  package init(name: String) { self = Self.byName[name] ?? .other(name) }

  /// The name in a file's header.
  package var rawValue: String {
    switch self {
    case .bool: "BOOL"
    case .u8: "U8"
    case .i8: "I8"
    case .f8e4m3: "F8_E4M3"
    case .f8e5m2: "F8_E5M2"
    case .f8e8m0: "F8_E8M0"
    case .u16: "U16"
    case .i16: "I16"
    case .f16: "F16"
    case .bf16: "BF16"
    case .u32: "U32"
    case .i32: "I32"
    case .f32: "F32"
    case .u64: "U64"
    case .i64: "I64"
    case .f64: "F64"
    case .c64: "C64"
    case .other(let name): name
    }
  }

  /// Bytes per element; 0 for an unknown type.
  package var width: Int {
    switch self {
    case .bool, .u8, .i8, .f8e4m3, .f8e5m2, .f8e8m0: 1
    case .u16, .i16, .f16, .bf16: 2
    case .u32, .i32, .f32: 4
    case .u64, .i64, .f64, .c64: 8
    case .other: 0
    }
  }

  /// Whether this is a known type, so that `width` is valid.
  package var isKnown: Bool { width > 0 }
}

/// A Swift type with the memory layout of a safetensors element, on little-endian machines.
package protocol TensorElement: BitwiseCopyable {
  static var tensorType: TensorType { get }
}

extension UInt8: TensorElement { package static var tensorType: TensorType { .u8 } }
extension Int8: TensorElement { package static var tensorType: TensorType { .i8 } }
extension UInt16: TensorElement { package static var tensorType: TensorType { .u16 } }
extension Int16: TensorElement { package static var tensorType: TensorType { .i16 } }
extension UInt32: TensorElement { package static var tensorType: TensorType { .u32 } }
extension Int32: TensorElement { package static var tensorType: TensorType { .i32 } }
extension UInt64: TensorElement { package static var tensorType: TensorType { .u64 } }
extension Int64: TensorElement { package static var tensorType: TensorType { .i64 } }
extension Float: TensorElement { package static var tensorType: TensorType { .f32 } }
extension Float16: TensorElement { package static var tensorType: TensorType { .f16 } }
extension Double: TensorElement { package static var tensorType: TensorType { .f64 } }
