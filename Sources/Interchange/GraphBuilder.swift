import Foundation
import SwiftProtobuf

/// A chain of operators, each of which takes what the one before gave.
struct GraphBuilder {
  /// What an operator is told beside its inputs.
  enum Attribute {
    case int(String, Int)
    case ints(String, [Int])
  }

  private static let float: Int32 = 1

  private var nodes: [Onnx_NodeProto] = []
  private var constants: [Onnx_TensorProto] = []
  private var last: String

  /// - Parameter input: name of what the first operator takes.
  init(input: String) { last = input }

  /// A tensor of the graph's own.
  ///
  /// - Parameters:
  ///   - name: of its own.
  ///   - values: in the order of C.
  ///   - dims: extents; none of a single number.
  /// - Returns: its name, for `add`.
  mutating func constant(_ name: String, _ values: [Float], dims: [Int]) -> String {
    constants.append(
      .with {
        $0.name = name
        $0.dims = dims.map(Int64.init)
        $0.dataType = Self.float
        // In the order of bytes of every machine that this runs on, which is the format's.
        $0.rawData = values.withUnsafeBytes { Data($0) }
      })
    return name
  }

  /// Appends an operator.
  ///
  /// - Parameters:
  ///   - type: as the standard names it.
  ///   - attribute: of the operator.
  ///   - constants: further inputs.
  ///   - output: name of what it gives; nil for one that nobody asks for.
  mutating func add(
    _ type: String, _ attribute: Attribute? = nil, with constants: [String] = [], output: String? = nil
  ) {
    let name = "\(nodes.count).\(type)"
    let result = output ?? name
    nodes.append(
      .with {
        $0.name = name
        $0.opType = type
        $0.input = [last] + constants
        $0.output = [result]
        if let attribute { $0.attribute = [Self.proto(attribute)] }
      })
    last = result
  }

  private static func proto(_ attribute: Attribute) -> Onnx_AttributeProto {
    .with {
      switch attribute {
      case .int(let name, let value):
        $0.name = name
        $0.type = .int
        $0.i = Int64(value)
      case .ints(let name, let values):
        $0.name = name
        $0.type = .ints
        $0.ints = values.map(Int64.init)
      }
    }
  }

  /// The graph, with what goes in and comes out: names, types, extents behind the batch.
  func graph(
    name: String, input: (String, Int32, [Int]), outputs: [(String, Int32, [Int])]
  ) -> Onnx_GraphProto {
    .with {
      $0.name = name
      $0.node = nodes
      $0.initializer = constants
      $0.input = [Self.port(input)]
      $0.output = outputs.map(Self.port)
    }
  }

  private static func port(_ port: (name: String, type: Int32, extents: [Int])) -> Onnx_ValueInfoProto {
    let batch = Onnx_TensorShapeProto.Dimension.with { $0.dimParam = "N" }
    let others = port.extents.map { extent in
      Onnx_TensorShapeProto.Dimension.with { $0.dimValue = Int64(extent) }
    }
    return .with {
      $0.name = port.name
      $0.type.tensorType.elemType = port.type
      $0.type.tensorType.shape.dim = [batch] + others
    }
  }
}
