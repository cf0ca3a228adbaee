import Datasets
import Foundation
import Networks
import Stage
import Storage
import SwiftProtobuf

/// A network as an ONNX model (opset 17). Inputs are raw pixels, since the graph scales them; outputs are logits and,
/// with a temperature, the softmax at it.
package struct ONNXModel {
  /// Version of the operator set.
  package static let operatorSet = 17
  /// Version of the file format (IR) that belongs to that operator set.
  private static let formatVersion: Int64 = 8
  /// Largest message that readers of protocol buffers accept, in bytes.
  private static let byteLimit = Int(Int32.max)

  /// Data type of the input.
  package enum PixelType: String, Sendable, CaseIterable {
    /// Bytes, 0 to 255.
    case uint8
    /// 32-bit floats, 0 to 255.
    case float32

    // TensorProto.DataType: UINT8 and FLOAT.
    fileprivate var code: Int32 { self == .uint8 ? 2 : 1 }
  }

  /// An input or output of the graph.
  package struct Port: Codable, Sendable {
    /// Name in the graph.
    package let name: String
    /// `uint8` or `float32`.
    package let type: String
    /// Extents after the batch axis.
    package let extents: [Int]

    /// Text for people: `images uint8 [N, 28, 28]`.
    package var text: String {
      "\(name) \(type) [\((["N"] + extents.map(String.init)).joined(separator: ", "))]"
    }
  }

  /// The images.
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
  ///   - network: the network to export.
  ///   - shape: shape of an image; nil for a flat row of pixels.
  ///   - pixels: data type of the input.
  ///   - channels: order of the input's axes; for grey images, `first` adds an axis of one channel.
  ///   - temperature: of the softmax, > 0; nil for no softmax.
  ///   - metadata: keys and values for the file.
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

  /// The bytes of the file.
  ///
  /// - Parameter path: path of the model, for messages.
  /// - Returns: the same bytes for the same network and options.
  /// - Throws: `InputError.wrongModel` for a network that is too large for the format.
  package func bytes(path: String) throws -> [UInt8] {
    // 4 bytes for each parameter, and a megabyte for names, metadata and the graph.
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
      // From [N, channels, rows, columns] to [N, rows, columns, channels], the order that our nets are trained on.
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
      // Gemm is x B + C; weights are [out, in] as in PyTorch, so B is transposed. The last one keeps the name
      // `logits` and remains an output when a softmax follows.
      builder.add("Gemm", .int("transB", 1), with: [weights, biases], output: isLast ? "logits" : nil)
      if !isLast { builder.add("Relu") }
    }
    // Eq. 1: softmax(z / T).
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
