import CKernels

/// The transformation of pixels during training: scale (x - mean), for every kind of image.
///
/// Bright digits on black, dark digits on white and photographs then give sums of the same size, so one learning rate
/// serves them all. Inputs with a nonzero mean would make the loss much steeper along that mean than in any other
/// direction (LeCun et al., "Efficient BackProp", section 4.3).
///
/// Background pixels are still skipped: the net reads scale (x - reference), and the remainder, scale (reference -
/// mean), enters as one extra example for the whole batch (`dk_append_example`). Input dropout sets a pixel to its
/// reference.
package struct InputNormalization: Equatable, Sendable {
  /// Factor for the distance of a pixel from its mean.
  package let scale: Float
  /// [inputs]: the background value of a pixel; its mean if the images have no background.
  package let references: [Float]
  /// [inputs], means over the training set.
  let means: [Double]

  /// - Parameters:
  ///   - scale: factor for the distance of a pixel from its mean, above 0.
  ///   - references: [inputs]; a pixel is skipped only if it equals its reference exactly.
  ///   - means: [inputs].
  package init(scale: Float, references: [Float], means: [Double]) {
    precondition(references.count == means.count, "wrong shapes")
    self.scale = scale
    self.references = references
    self.means = means
  }

  /// Only scales pixels, without centring.
  ///
  /// - Parameters:
  ///   - inputs: number of inputs of the net.
  ///   - scale: factor for a pixel.
  package init(inputs: Int, scale: Float) {
    self.init(
      scale: scale, references: [Float](repeating: 0, count: inputs),
      means: [Double](repeating: 0, count: inputs))
  }

  /// [inputs]: scale (reference - mean), to be added to every example; the mean example holds it.
  package var offsets: [Float] { zip(references, means).map { Float(Double(scale) * (Double($0) - $1)) } }
}

extension Network {
  /// Factor for a pixel in the models that this program trains.
  package static let inputScale: Float = 1 / 255

  /// Converts a net trained on normalised pixels to one for raw pixels: centring and scaling are folded into the
  /// first layer.
  ///
  /// - Parameters:
  ///   - parameters: of the net in training.
  ///   - architecture: its shape.
  ///   - normalization: the one it was trained with.
  ///   - inputScale: factor for a raw number in the new net.
  package convenience init(
    folding parameters: FloatBuffer, _ architecture: Architecture, _ normalization: InputNormalization,
    inputScale: Float = Network.inputScale
  ) {
    self.init(architecture, inputScale: inputScale)
    self.parameters.copy(from: parameters)
    // With s the training scale and c the new one: Σ W s (x - μ) + b = Σ (W s / c) c x + (b - Σ W s μ).
    let ratio = Double(normalization.scale) / Double(inputScale)
    changeFirstLayer { ($0 * ratio, -$0 * Double(normalization.scale) * normalization.means[$1]) }
  }

  /// The inverse of `init(folding:)`: the same function, of normalised pixels.
  ///
  /// - Parameter normalization: of the training to come.
  /// - Returns: a copy with the input scale of `normalization`.
  package func unfolded(_ normalization: InputNormalization) -> Network {
    let network = Network(architecture, inputScale: normalization.scale)
    network.parameters.copy(from: parameters)
    let scale = Double(inputScale)
    network.changeFirstLayer {
      ($0 * scale / Double(normalization.scale), $0 * scale * normalization.means[$1])
    }
    return network
  }

  /// Replaces the weights of the first layer and adds to its biases.
  ///
  /// - Parameter change: maps a weight and its input to the new weight and its contribution to the bias.
  private func changeFirstLayer(_ change: (Double, Int) -> (weight: Double, bias: Double)) {
    let layer = architecture.layers[0]
    var weights = parameters.weights(layer)
    var biases = parameters.biases(layer)
    for output in 0..<layer.outputs {
      // Double precision: for dark images on white, large terms nearly cancel.
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
