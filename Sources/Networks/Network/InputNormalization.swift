import CKernels

/// How a net in training sees pixels: as scale (x - mean), whatever the images are.
///
/// Bright digits on black, dark ones on white and photographs then make sums of the same size, so the same learning
/// rates serve them all; and inputs whose mean is not zero would make the loss much steeper along that mean than
/// along anything else (LeCun et al., "Efficient BackProp", section 4.3).
///
/// Pixels are still skipped where they show the background: what is read is scale (x - reference), and the rest,
/// scale (reference - mean), is one example more for the whole batch (`dk_append_example`). Input dropout leaves a
/// pixel at its reference.
package struct InputNormalization: Equatable, Sendable {
  /// By which a pixel's distance from its mean is multiplied.
  package let scale: Float
  /// [inputs]: what a pixel is most often, and where that says nothing, its mean.
  package let references: [Float]
  /// [inputs]
  let means: [Double]

  /// - Parameters:
  ///   - scale: by which a pixel's distance from its mean is multiplied, above 0.
  ///   - references: [inputs], each of them exactly a pixel's value wherever there are many such pixels.
  ///   - means: [inputs].
  package init(scale: Float, references: [Float], means: [Double]) {
    precondition(references.count == means.count, "wrong shapes")
    self.scale = scale
    self.references = references
    self.means = means
  }

  /// Pixels as they are, times a scale.
  ///
  /// - Parameters:
  ///   - inputs: of the net.
  ///   - scale: by which a pixel is multiplied.
  package init(inputs: Int, scale: Float) {
    self.init(
      scale: scale, references: [Float](repeating: 0, count: inputs),
      means: [Double](repeating: 0, count: inputs))
  }

  /// [inputs]: scale (reference - mean), what is to be added to every example.
  package var offsets: [Float] { zip(references, means).map { Float(Double(scale) * (Double($0) - $1)) } }
}

extension Network {
  /// What a pixel is multiplied by in the models that we make.
  package static let inputScale: Float = 1 / 255

  /// The same function of raw pixels, for a net that was trained on normalised ones: what was done to them becomes
  /// part of the first layer.
  ///
  /// - Parameters:
  ///   - parameters: of the net in training.
  ///   - architecture: its shape.
  ///   - normalization: what it saw.
  ///   - inputScale: what the new net multiplies a raw number by.
  package convenience init(
    folding parameters: FloatBuffer, _ architecture: Architecture, _ normalization: InputNormalization,
    inputScale: Float = Network.inputScale
  ) {
    self.init(architecture, inputScale: inputScale)
    self.parameters.copy(from: parameters)
    let ratio = Double(normalization.scale) / Double(inputScale)
    changeFirstLayer { ($0 * ratio, -$0 * Double(normalization.scale) * normalization.means[$1]) }
  }

  /// The same function of normalised pixels: what `init(folding:)` undoes.
  ///
  /// - Parameter normalization: what the net is going to see.
  /// - Returns: with the input scale of `normalization`.
  package func unfolded(_ normalization: InputNormalization) -> Network {
    let network = Network(architecture, inputScale: normalization.scale)
    network.parameters.copy(from: parameters)
    let scale = Double(inputScale)
    network.changeFirstLayer {
      ($0 * scale / Double(normalization.scale), $0 * scale * normalization.means[$1])
    }
    return network
  }

  /// Replaces the weights of the first layer, and adds to its biases.
  ///
  /// - Parameter change: from a weight and its input to the new weight and what it adds to the bias.
  private func changeFirstLayer(_ change: (Double, Int) -> (weight: Double, bias: Double)) {
    let layer = architecture.layers[0]
    var weights = parameters.weights(layer)
    var biases = parameters.biases(layer)
    for output in 0..<layer.outputs {
      // In double precision: of dark images on white, large sums nearly cancel.
      var sum = Double(biases[output])
      for input in 0..<layer.inputs {
        let new = change(Double(weights[output * layer.inputs + input]), input)
        weights[output * layer.inputs + input] = Float(new.weight)
        sum += new.bias
      }
      biases[output] = Float(sum)
    }
    parameters.set(layer, weights: weights, biases: biases)
  }
}
