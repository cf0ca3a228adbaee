import Datasets
import Foundation
import Networks
import Stage
import Storage
import SwiftProtobuf

/// A network as a model of ONNX (opset 17): pixels in, as they are in image files; logits out, and the softmax at a
/// temperature where one is asked for. The scale of the pixels is part of the graph.
package struct ONNXModel {
  /// Of the operators that the graph uses.
  package static let operatorSet = 17
  /// The format's version that came with that operator set.
  private static let formatVersion: Int64 = 8
  /// What any reader of protocol buffers takes.
  private static let byteLimit = Int(Int32.max)

  /// What a pixel of the input is.
  package enum PixelType: String, Sendable, CaseIterable {
    /// A byte, 0 to 255.
    case uint8
    /// A number, 0 to 255.
    case float32

    fileprivate var code: Int32 { self == .uint8 ? 2 : 1 }
  }

  /// Name and extents of an input or output, the batch as `N`.
  package struct Port: Codable, Sendable {
    /// In the graph.
    package let name: String
    /// `uint8` or `float32`.
    package let type: String
    /// Behind the batch.
    package let extents: [Int]

    /// For people: `images uint8 [N, 28, 28]`.
    package var text: String {
      "\(name) \(type) [\((["N"] + extents.map(String.init)).joined(separator: ", "))]"
    }
  }

  /// Of the images.
  package let input: Port
  /// `logits`, and with a temperature `probabilities`.
  package let outputs: [Port]
  private let network: Network
  private let shape: ImageShape?
  private let pixels: PixelType
  private let channels: ChannelOrder
  private let temperature: Double?
  private let metadata: [(key: String, value: String)]

  /// - Parameters:
  ///   - network: whose weights are written.
  ///   - shape: of an image; nil for a flat row of pixels.
  ///   - pixels: type of the input.
  ///   - channels: where the input has them; of grey images `first` means an axis of one channel.
  ///   - temperature: of the softmax, nil for none.
  ///   - metadata: keys and values that readers show.
  package init(
    _ network: Network, shape: ImageShape?, pixels: PixelType, channels: ChannelOrder, temperature: Double?,
    metadata: [String: String]
  ) {
    (self.network, self.shape, self.pixels, self.channels) = (network, shape, pixels, channels)
    self.temperature = temperature
    self.metadata = metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    let extents: [Int] =
      switch (shape, channels) {
      case (nil, _): [network.architecture.inputs]
      case (let shape?, .first): [shape.channels, shape.rows, shape.columns]
      case (let shape?, .last): [shape.rows, shape.columns] + (shape.channels > 1 ? [shape.channels] : [])
      }
    input = Port(name: "images", type: pixels.rawValue, extents: extents)
    outputs = (["logits"] + (temperature == nil ? [] : ["probabilities"])).map {
      Port(name: $0, type: PixelType.float32.rawValue, extents: [network.architecture.classes])
    }
  }

  /// The file.
  ///
  /// - Parameter path: of the model, for messages.
  /// - Returns: the same bytes for the same network and options.
  /// - Throws: `InputError.wrongModel` for a network that is too large for the format.
  package func bytes(path: String) throws -> [UInt8] {
    guard network.architecture.parameterCount < (Self.byteLimit - 1 << 20) / 4 else {
      throw InputError.wrongModel(
        path: path,
        reason: "expected a net that a file of ONNX holds (2 GB), found \(network.architecture.name)")
    }
    var model = Onnx_ModelProto()
    model.irVersion = Self.formatVersion
    model.producerName = "Dark Knowledge"
    model.opsetImport = [
      .with {
        $0.domain = ""
        $0.version = Int64(Self.operatorSet)
      }
    ]
    model.metadataProps = metadata.map { entry in
      .with {
        $0.key = entry.key
        $0.value = entry.value
      }
    }
    model.graph = graph
    do {
      return Array(try model.serializedData())
    } catch {
      throw InputError.wrongModel(path: path, reason: "cannot be written as ONNX: \(error)")
    }
  }

  private var graph: Onnx_GraphProto {
    var builder = GraphBuilder(input: input.name)
    if pixels == .uint8 { builder.add("Cast", .int("to", 1)) }
    if let shape, shape.channels > 1, channels == .first {
      // Our nets see the channels of a pixel side by side.
      builder.add("Transpose", .ints("perm", [0, 2, 3, 1]))
    }
    if input.extents.count > 1 { builder.add("Flatten", .int("axis", 1)) }
    builder.add("Mul", with: [builder.constant("input_scale", [network.inputScale], dims: [])])
    let layers = network.architecture.layers
    for (index, layer) in layers.enumerated() {
      let weights = builder.constant(
        "layers.\(index).weight", network.parameters.weights(layer), dims: [layer.outputs, layer.inputs])
      let biases = builder.constant(
        "layers.\(index).bias", network.parameters.biases(layer), dims: [layer.outputs])
      let isLast = index == layers.count - 1
      builder.add("Gemm", .int("transB", 1), with: [weights, biases], output: isLast ? "logits" : nil)
      if !isLast { builder.add("Relu") }
    }
    if let temperature {
      if temperature != 1 {
        builder.add("Div", with: [builder.constant("temperature", [Float(temperature)], dims: [])])
      }
      builder.add("Softmax", .int("axis", 1), output: "probabilities")
    }
    return builder.graph(
      name: network.architecture.name, input: (input.name, pixels.code, input.extents),
      outputs: outputs.map { ($0.name, PixelType.float32.code, $0.extents) })
  }
}
