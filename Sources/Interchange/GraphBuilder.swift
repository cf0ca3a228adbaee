import Foundation
import SwiftProtobuf

/// Builds an ONNX graph that is a chain of operators: the first input of each is the output of the one before.
struct GraphBuilder {
  /// An attribute of an operator.
  enum Attribute {
    case int(String, Int)
    case ints(String, [Int])
  }

  // TensorProto.DataType.FLOAT.
  private static let float: Int32 = 1

  private var nodes: [Onnx_NodeProto] = []
  private var constants: [Onnx_TensorProto] = []
  private var last: String

  /// - Parameter input: name of the graph's input.
  init(input: String) { last = input }

  /// Adds a constant tensor.
  ///
  /// - Parameters:
  ///   - name: unique in the graph.
  ///   - values: row-major.
  ///   - dims: extents; empty for a scalar.
  /// - Returns: its name, for `add`.
  mutating func constant(_ name: String, _ values: [Float], dims: [Int]) -> String {
    constants.append(
      .with {
        $0.name = name
        $0.dims = dims.map(Int64.init)
        $0.dataType = Self.float
        // The format is little-endian, as are all machines that this runs on.
        $0.rawData = values.withUnsafeBytes { Data($0) }
      })
    return name
  }

  /// Appends an operator.
  ///
  /// - Parameters:
  ///   - type: name in the standard.
  ///   - attribute: attribute of the operator; nil for none.
  ///   - constants: names of further inputs.
  ///   - output: name of the output; nil for an intermediate result.
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

  /// The graph. Inputs and outputs are given by name, data type and extents after the batch axis.
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
    // A named extent is symbolic, so any batch size fits.
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
