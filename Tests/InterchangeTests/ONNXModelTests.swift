import Datasets
import Foundation
import Networks
import SwiftProtobuf
import Testing

@testable import Interchange

/// A net as ONNX: the bytes decoded again.
@Suite struct ONNXModelTests {
  /// Wider than a panel of weights, and not a multiple of its vectors.
  private static let hidden = [70, 5]
  private static let grey = ImageShape(rows: 3, columns: 5)
  private static let colour = ImageShape(rows: 3, columns: 5, channels: 3)

  private func network(inputs: Int, scale: Float = Network.inputScale) -> Network {
    let network = Network(Architecture(sizes: [inputs] + Self.hidden + [4]), seed: 3, inputScale: scale)
    // A new net's biases are zero: they would say nothing.
    for layer in network.architecture.layers {
      for unit in 0..<layer.outputs { network.parameters[layer.bias(output: unit)] = Float(unit + 1) / 8 }
    }
    return network
  }

  private func decoded(
    _ network: Network, _ shape: ImageShape?, pixels: ONNXModel.PixelType = .uint8,
    channels: ChannelOrder = .last,
    temperature: Double? = nil, metadata: [String: String] = [:]
  ) throws -> Onnx_ModelProto {
    let model = ONNXModel(
      network, shape: shape, pixels: pixels, channels: channels, temperature: temperature, metadata: metadata)
    let bytes = try model.bytes(path: "m")
    #expect(try model.bytes(path: "other") == bytes)
    return try Onnx_ModelProto(serializedBytes: bytes)
  }

  /// `images 2 [N, 3, 5]`, with the number of the type.
  private func text(_ ports: [Onnx_ValueInfoProto]) -> [String] {
    ports.map { port in
      let dims = port.type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam }
      return "\(port.name) \(port.type.tensorType.elemType) [\(dims.joined(separator: ", "))]"
    }
  }

  private static let forms: [(shape: ImageShape?, ONNXModel.PixelType, ChannelOrder, expected: String)] = [
    (grey, .uint8, .last, "images 2 [N, 3, 5]"), (grey, .float32, .last, "images 1 [N, 3, 5]"),
    (grey, .uint8, .first, "images 2 [N, 1, 3, 5]"), (colour, .uint8, .last, "images 2 [N, 3, 5, 3]"),
    (colour, .float32, .first, "images 1 [N, 3, 3, 5]"), (nil, .uint8, .last, "images 2 [N, 15]"),
    (nil, .float32, .first, "images 1 [N, 15]"),
  ]

  @Test(arguments: forms)
  func `Inputs and outputs have names, types and extents`(
    shape: ImageShape?, pixels: ONNXModel.PixelType, channels: ChannelOrder, expected: String
  ) throws {
    let network = network(inputs: shape?.count ?? 15)
    let plain = try decoded(network, shape, pixels: pixels, channels: channels)
    #expect(text(plain.graph.input) == [expected] && text(plain.graph.output) == ["logits 1 [N, 4]"])
    let soft = try decoded(network, shape, pixels: pixels, channels: channels, temperature: 3)
    #expect(text(soft.graph.output) == ["logits 1 [N, 4]", "probabilities 1 [N, 4]"])
    // Every name that is read was given before, and each is given once.
    var given = Set(soft.graph.input.map(\.name) + soft.graph.initializer.map(\.name))
    for node in soft.graph.node {
      #expect(given.isSuperset(of: node.input), "\(node)")
      #expect(node.output.allSatisfy { given.insert($0).inserted })
    }
    #expect(given.isSuperset(of: soft.graph.output.map(\.name)))
  }

  @Test func `The format, the operators and the maker are named`() throws {
    let model = try decoded(
      network(inputs: 15), Self.grey, metadata: ["z": "ä\n", "role": "student", "classes": "4", "": ""])
    #expect(model.opsetImport.map(\.version) == [17] && model.opsetImport.map(\.domain) == [""])
    #expect(model.irVersion == 8 && model.producerName == "Dark Knowledge" && model.graph.name == "15-70-5-4")
    // In an order of their own, not in a dictionary's.
    #expect(model.metadataProps.map(\.key) == ["", "classes", "role", "z"])
    #expect(model.metadataProps.map(\.value) == ["", "4", "student", "ä\n"])
    #expect(model.unknownFields.data.isEmpty && model.graph.unknownFields.data.isEmpty)
  }

  @Test func `Weights are the net's bit for bit`() throws {
    let network = network(inputs: 15)
    // Bits that a number written in decimals would lose.
    let first = network.architecture.layers[0]
    let odd: [Float] = [-0.0, .leastNonzeroMagnitude, 0x1.fffffep-3, -0x1.000002p0]
    for (unit, value) in odd.enumerated() {
      network.parameters[first.weight(output: 66 + unit, input: 14)] = value
    }
    let tensors = try decoded(network, Self.grey).graph.initializer
    #expect(tensors.allSatisfy { $0.dataType == 1 })
    for (index, layer) in network.architecture.layers.enumerated() {
      let weights = try #require(tensors.first { $0.name == "layers.\(index).weight" })
      let biases = try #require(tensors.first { $0.name == "layers.\(index).bias" })
      #expect(
        weights.dims == [Int64(layer.outputs), Int64(layer.inputs)] && biases.dims == [Int64(layer.outputs)])
      let expected = (0..<layer.outputs).flatMap { output in
        (0..<layer.inputs).map { network.parameters[layer.weight(output: output, input: $0)].bitPattern }
      }
      #expect(GraphRunner.floats(weights.rawData).map(\.bitPattern) == expected)
      #expect(
        GraphRunner.floats(biases.rawData).map(\.bitPattern)
          == (0..<layer.outputs).map { network.parameters[layer.bias(output: $0)].bitPattern })
    }
    #expect(tensors.count == 1 + 2 * network.architecture.layers.count)
  }

  @Test(arguments: forms, [Float(1) / 255, 0.0123])
  func `The graph takes raw pixels and says what the net says`(
    form: (shape: ImageShape?, ONNXModel.PixelType, ChannelOrder, expected: String), scale: Float
  ) throws {
    let shape = form.shape ?? ImageShape(rows: 1, columns: 15)
    let network = network(inputs: shape.count, scale: scale)
    let batch = 6
    let pixels = (0..<batch * shape.count).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 4) }
    let model = try decoded(network, form.shape, pixels: form.1, channels: form.2, temperature: 2.5)
    // The input of the graph, from pixels whose channels stand last.
    let places = shape.rows * shape.columns
    let asked =
      form.2 == .last || shape.channels == 1
      ? pixels
      : pixels.indices.map { place in
        let (image, rest) = place.quotientAndRemainder(dividingBy: shape.count)
        let (channel, pixel) = rest.quotientAndRemainder(dividingBy: places)
        return pixels[image * shape.count + pixel * shape.channels + channel]
      }
    let found = try GraphRunner(model.graph).run(asked, batch: batch)
    let logits = network.logits(Features(pixels, shape: shape))
    let soft = Temperature.softmax(logits, classes: 4, temperature: 2.5)
    let reach = (logits.max() ?? 0) - (logits.min() ?? 0)
    #expect(reach > 0.5 && found["logits"]?.count == logits.count)
    for (ours, theirs) in zip(logits, found["logits"] ?? []) { #expect(abs(ours - theirs) < 1e-4 * reach) }
    #expect(found["probabilities"]?.count == soft.count)
    for (ours, theirs) in zip(soft, found["probabilities"] ?? []) { #expect(abs(ours - theirs) < 1e-5) }
    #expect(
      model.graph.initializer.filter { $0.name == "input_scale" }.map { GraphRunner.floats($0.rawData) } == [
        [scale]
      ])
  }

  @Test func `A temperature divides the logits unless it is 1`() throws {
    let network = network(inputs: 15)
    func operators(_ temperature: Double?) throws -> [String] {
      try decoded(network, Self.grey, temperature: temperature).graph.node.map(\.opType)
    }
    let plain = ["Cast", "Flatten", "Mul", "Gemm", "Relu", "Gemm", "Relu", "Gemm"]
    #expect(try operators(nil) == plain)
    #expect(try operators(1) == plain + ["Softmax"])
    #expect(try operators(20) == plain + ["Div", "Softmax"])
  }
}
