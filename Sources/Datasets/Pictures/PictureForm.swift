import Stage

/// What a model expects of an image.
package struct PictureForm: Sendable {
  /// Path of the model, for messages.
  private let model: String
  /// Numbers in an image.
  let inputs: Int
  /// As the model says; a square, or a line of pixels, where it does not.
  let shape: ImageShape
  private let isShapeKnown: Bool
  private let normalization: Normalization

  /// Whether digits are first cropped, centred and scaled as in MNIST.
  package struct Normalization: Sendable {
    /// Whether it is done.
    let isWanted: Bool
    /// How a user asks for it, for messages.
    let name: String

    /// - Parameters:
    ///   - isWanted: whether it is done.
    ///   - name: how a user asks for it, for messages.
    package init(isWanted: Bool, name: String) { (self.isWanted, self.name) = (isWanted, name) }
  }

  /// - Parameters:
  ///   - inputs: numbers in an image.
  ///   - shape: as the model says; nil of one that does not say.
  ///   - model: its path, for messages.
  ///   - normalization: of digits.
  package init(inputs: Int, shape: ImageShape?, model: String, normalization: Normalization) {
    let side = Int(Double(inputs).squareRoot().rounded())
    // Nearly all images of unknown shape are square, as MNIST's are.
    let square = ImageShape(rows: side, columns: side)
    self.shape = shape ?? (square.count == inputs ? square : ImageShape(rows: 1, columns: inputs))
    isShapeKnown = shape != nil
    (self.inputs, self.model, self.normalization) = (inputs, model, normalization)
  }

  /// Brings an image into this form.
  ///
  /// - Parameters:
  ///   - pixels: [rows, columns, channels] of `found`.
  ///   - found: the shape of the image.
  ///   - path: of its file.
  ///   - row: in the file.
  /// - Returns: the image as the model takes it.
  /// - Throws: `InputError.mismatch` for an image of another size; `.wrongModel`, `.noExamples` where a digit cannot be
  ///   normalised.
  func picture(_ pixels: [UInt8], _ found: ImageShape, path: String, row: Int) throws -> Picture {
    var (pixels, found) = (pixels, found)
    // Channels first: a digit is normalised by its brightness.
    if shape.channels == 1, found.channels == 3 {
      (pixels, found) = (ImageChannels.grey(pixels), ImageShape(rows: found.rows, columns: found.columns))
    } else if shape.channels == 3, found.channels == 1 {
      pixels = ImageChannels.coloured(pixels)
      found = ImageShape(rows: found.rows, columns: found.columns, channels: 3)
    }
    if normalization.isWanted { (pixels, found) = (try normalized(pixels, found, path: path), shape) }
    // A model that does not say its shape takes any image of as many numbers.
    guard isShapeKnown ? found == shape : pixels.count == inputs else {
      // Only a grey digit can be normalised to another size.
      let advice = shape.channels == 1 ? ", or \(normalization.name)" : ""
      throw InputError.mismatch(
        path: path, expected: "images of \(shape)\(advice)", like: model, found: "\(found)")
    }
    return Picture(file: path, row: row, shape: shape, pixels: pixels)
  }

  /// Throws unless `bytes` are whole images of this form.
  func checkRaw(bytes: Int, path: String) throws {
    guard bytes > 0, bytes % inputs == 0 else {
      throw InputError.mismatch(
        path: path, expected: "bytes of whole images, \(inputs) each", like: model, found: "\(bytes)")
    }
  }

  private func normalized(_ pixels: [UInt8], _ found: ImageShape, path: String) throws -> [UInt8] {
    guard shape.channels == 1, found.channels == 1 else {
      throw InputError.wrongModel(
        path: model, reason: "\(normalization.name) expects a model of grey images, found \(shape)")
    }
    let form = DigitNormalization(rows: shape.rows, columns: shape.columns)
    guard let normal = form(pixels, height: found.rows, width: found.columns) else {
      throw InputError.noExamples(path: path, of: "stroke that stands out from the paper")
    }
    return normal
  }
}
