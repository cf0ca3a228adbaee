import Foundation
import Testing

@testable import Interchange

/// Runs a graph of ONNX as the standard defines its operators, with plain loops.
struct GraphRunner {
  private struct Tensor {
    var dims: [Int]
    var values: [Float]
  }

  private let graph: Onnx_GraphProto
  private let constants: [String: Tensor]

  init(_ graph: Onnx_GraphProto) {
    self.graph = graph
    constants = Dictionary(
      uniqueKeysWithValues: graph.initializer.map {
        ($0.name, Tensor(dims: $0.dims.map(Int.init), values: Self.floats($0.rawData)))
      })
  }

  /// Little-endian floats of 32 bits.
  static func floats(_ data: Data) -> [Float] {
    let bytes = [UInt8](data)
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * $1) })
    }
  }

  /// The named outputs for a batch of pixels, [batch, ...], 0 to 255, in the order of the graph's input.
  func run(_ pixels: [UInt8], batch: Int) throws -> [String: [Float]] {
    let input = try #require(graph.input.first)
    let extents = input.type.tensorType.shape.dim.dropFirst().map { Int($0.dimValue) }
    var known = constants
    known[input.name] = Tensor(dims: [batch] + extents, values: pixels.map { Float($0) })
    for node in graph.node {
      let inputs = try node.input.map { try #require(known[$0]) }
      known[node.output[0]] = try apply(node, inputs)
    }
    return Dictionary(uniqueKeysWithValues: graph.output.map { ($0.name, known[$0.name]?.values ?? []) })
  }

  private func apply(_ node: Onnx_NodeProto, _ inputs: [Tensor]) throws -> Tensor {
    var result = inputs[0]
    let attribute = node.attribute.first
    switch node.opType {
    case "Cast": try #require(attribute?.name == "to" && attribute?.i == 1)
    case "Transpose":
      try #require(attribute?.name == "perm" && attribute?.ints == [0, 2, 3, 1])
      let (count, channels, rows, columns) = (result.dims[0], result.dims[1], result.dims[2], result.dims[3])
      result.dims = [count, rows, columns, channels]
      for place in result.values.indices {
        let (rest, channel) = place.quotientAndRemainder(dividingBy: channels)
        let (image, pixel) = rest.quotientAndRemainder(dividingBy: rows * columns)
        result.values[place] = inputs[0].values[(image * channels + channel) * rows * columns + pixel]
      }
    case "Flatten":
      try #require(attribute?.name == "axis" && attribute?.i == 1)
      result.dims = [result.dims[0], result.dims.dropFirst().reduce(1, *)]
    case "Mul": result.values = result.values.map { $0 * inputs[1].values[0] }
    case "Div": result.values = result.values.map { $0 / inputs[1].values[0] }
    case "Relu": result.values = result.values.map { max($0, 0) }
    case "Gemm":
      try #require(attribute?.name == "transB" && attribute?.i == 1)
      let (batch, width, units) = (result.dims[0], result.dims[1], inputs[1].dims[0])
      try #require(inputs[1].dims == [units, width] && inputs[2].dims == [units])
      result.dims = [batch, units]
      result.values = (0..<batch * units).map { place in
        let (row, unit) = place.quotientAndRemainder(dividingBy: units)
        return (0..<width).reduce(inputs[2].values[unit]) {
          $0 + inputs[0].values[row * width + $1] * inputs[1].values[unit * width + $1]
        }
      }
    case "Softmax":
      try #require(attribute?.name == "axis" && attribute?.i == 1)
      let width = result.dims[1]
      for row in stride(from: 0, to: result.values.count, by: width) {
        let powers = result.values[row..<row + width].map { exp(Double($0)) }
        for unit in 0..<width { result.values[row + unit] = Float(powers[unit] / powers.reduce(0, +)) }
      }
    default: Issue.record("an operator that no net of ours has: \(node.opType)")
    }
    return result
  }
}
