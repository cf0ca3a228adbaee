import Datasets
import Foundation
import Stage
import Storage

/// Model files in the layout of PyTorch's `Linear`: `load_state_dict` takes their tensors.
extension Network {
  /// Name of the file in a model directory.
  package static let fileName = "model.safetensors"
  static let byteLimit = 64 << 30

  static let roleKey = "role"

  /// The bytes of `model.safetensors`: `layers.K.weight` [outputs, inputs] and `layers.K.bias` [outputs].
  ///
  /// - Parameters:
  ///   - metadata: further entries; the network's own entries win over equal keys.
  ///   - role: of the model; nil to omit it.
  ///   - labelMap: of the outputs; nil to omit it.
  ///   - shape: of the images that the model takes; nil to omit it.
  /// - Returns: the same bytes for the same arguments and parameters.
  /// - Throws: `StorageError.outOfMemory`.
  package func file(
    metadata: [String: String] = [:], role: ModelRole? = nil, labelMap: LabelMap? = nil,
    shape: ImageShape? = nil
  ) throws -> [UInt8] {
    var own = metadata.merging(labelMap?.metadata ?? [:]) { _, own in own }
    own[Self.roleKey] = role?.rawValue
    if let shape {
      // The order is written down because the same weights applied to channels-first images would be another net.
      own.merge(shape.metadata.merging(["channels": "last"]) { own, _ in own }) { _, own in own }
    }
    var writer = SafetensorsWriter(
      metadata: own.merging([
        "activation": "relu",
        "sizes": architecture.sizes.map(String.init).joined(separator: ","),
        "classes": String(architecture.classes),
        // A Float is exact as a Double, so the shortest text of that Double reads back as the same Float.
        "input_scale": "\(Double(inputScale))",
      ]) { _, own in own })
    for (index, layer) in architecture.layers.enumerated() {
      writer.add(
        "layers.\(index).weight", parameters.weights(layer), shape: [layer.outputs, layer.inputs])
      writer.add("layers.\(index).bias", parameters.biases(layer), shape: [layer.outputs])
    }
    return try writer.bytes()
  }

  /// Reads a model from the bytes of a file.
  ///
  /// - Parameters:
  ///   - bytes: of the file.
  ///   - path: for messages.
  /// - Throws: `InputError.wrongModel`, `.notFinite`; `StorageError` for a damaged file.
  package convenience init(file bytes: [UInt8], path: String) throws {
    try self.init(try Safetensors(bytes, path: path))
  }

  convenience init(_ file: Safetensors) throws {
    let path = file.path
    func wrong(_ reason: String) -> InputError { .wrongModel(path: path, reason: reason) }
    let sizes = try Self.sizes(file)
    if let activation = file.metadata["activation"], activation != "relu" {
      throw wrong("expected activation relu, found \(activation)")
    }
    let text = file.metadata["input_scale"] ?? "\(1.0 / 255)"
    guard let scale = Float(text), scale.isFinite, scale > 0 else {
      throw wrong("expected a positive input_scale, found '\(text)'")
    }
    // Sizes and scale are checked by now: `Architecture` traps on sizes that are not positive.
    self.init(Architecture(sizes: sizes), inputScale: scale)
    for (index, layer) in architecture.layers.enumerated() {
      func elements(_ name: String, shape: [Int]) throws -> [Float] {
        let name = "layers.\(index).\(name)"
        let elements = try file.elements(name, as: Float.self, shape: shape)
        if let bad = elements.firstIndex(where: { !$0.isFinite }) {
          throw InputError.notFinite(path: path, what: "tensor \(name)", row: bad / (shape.last ?? 1))
        }
        return elements
      }
      parameters.set(
        layer, weights: try elements("weight", shape: [layer.outputs, layer.inputs]),
        biases: try elements("bias", shape: [layer.outputs]))
    }
    // Last, because it needs all weights, and finite ones.
    guard isSafeFromOverflow else {
      throw wrong("expected weights of which no sum overflows 32 bits, found larger ones")
    }
  }

  /// Number of inputs and of units in each layer. A tensor that belongs to no layer is an error, because ignoring it
  /// would give another net.
  private static func sizes(_ file: Safetensors) throws -> [Int] {
    func wrong(_ reason: String) -> InputError { .wrongModel(path: file.path, reason: reason) }
    var sizes: [Int] = []
    var known: Set<String> = []
    // The first tensor gives two sizes, each further one a single size: with n > 0 sizes, n - 1 layers are read.
    while let layer = file.header.tensors["layers.\(max(0, sizes.count - 1)).weight"], layer.shape.count == 2
    {
      let name = "layers.\(max(0, sizes.count - 1))"
      known.formUnion([name + ".weight", name + ".bias"])
      if let last = sizes.last, last != layer.shape[1] {
        throw wrong("expected \(name).weight of \(last) inputs, found \(layer.shape[1])")
      }
      if sizes.isEmpty { sizes.append(layer.shape[1]) }
      sizes.append(layer.shape[0])
    }
    // Bounded before any allocation, so that products of two sizes do not overflow.
    guard sizes.count >= 2, sizes.allSatisfy({ (1...1 << 24).contains($0) }) else {
      throw wrong(
        "expected layers.0.weight [out, in] and so on, found \(sizes.isEmpty ? "none" : "\(sizes)")")
    }
    // Sorted, so that the same file gives the same message in each run.
    if let other = file.header.tensors.keys.sorted().first(where: { !known.contains($0) }) {
      throw wrong(
        "expected layers.0 to layers.\(sizes.count - 2), each with weight and bias, found the tensor '\(other)'"
      )
    }
    return sizes
  }
}
