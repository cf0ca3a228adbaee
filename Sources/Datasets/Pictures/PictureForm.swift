import Stage

/// The form of the images that a model takes. Other images are converted or rejected.
package struct PictureForm: Sendable {
  /// Path of the model, for messages.
  private let model: String
  /// Number of values in an image.
  let inputs: Int
  /// Shape in the model's file; otherwise a square, or one row of pixels if `inputs` is not a square number.
  let shape: ImageShape
  private let isShapeKnown: Bool
  private let normalization: Normalization

  /// Option to crop, centre and scale digits first, as in MNIST.
  package struct Normalization: Sendable {
    /// Whether digits are normalized.
    let isWanted: Bool
    /// Name of the option that the user sets, for messages.
    let name: String

    /// - Parameters:
    ///   - isWanted: whether digits are normalized.
    ///   - name: name of the option that the user sets, for messages.
    package init(isWanted: Bool, name: String) { (self.isWanted, self.name) = (isWanted, name) }
  }

  /// - Parameters:
  ///   - inputs: number of values in an image.
  ///   - shape: shape in the model's file; nil if it has none.
  ///   - model: path of the model, for messages.
  ///   - normalization: whether digits are normalized first.
  package init(inputs: Int, shape: ImageShape?, model: String, normalization: Normalization) {
    let side = Int(Double(inputs).squareRoot().rounded())
    // Nearly all images of unknown shape are square, like MNIST's.
    let square = ImageShape(rows: side, columns: side)
    self.shape = shape ?? (square.count == inputs ? square : ImageShape(rows: 1, columns: inputs))
    isShapeKnown = shape != nil
    (self.inputs, self.model, self.normalization) = (inputs, model, normalization)
  }

  /// Converts an image into this form.
  ///
  /// - Parameters:
  ///   - pixels: [rows, columns, channels] of `found`.
  ///   - found: the shape of the image.
  ///   - path: path of the file.
  ///   - row: position in the file.
  /// - Returns: the converted image.
  /// - Throws: `InputError.mismatch` for an image of another size; `.wrongModel`, `.noExamples` if a digit cannot be
  ///   normalized.
  func picture(_ pixels: [UInt8], _ found: ImageShape, path: String, row: Int) throws -> Picture {
    var (pixels, found) = (pixels, found)
    // Channels are converted first, because normalization works on grey pixels.
    if shape.channels == 1, found.channels == 3 {
      (pixels, found) = (ImageChannels.grey(pixels), ImageShape(rows: found.rows, columns: found.columns))
    } else if shape.channels == 3, found.channels == 1 {
      pixels = ImageChannels.coloured(pixels)
      found = ImageShape(rows: found.rows, columns: found.columns, channels: 3)
    }
    if normalization.isWanted { (pixels, found) = (try normalized(pixels, found, path: path), shape) }
    // A model without a known shape takes any image with the right number of values.
    guard isShapeKnown ? found == shape : pixels.count == inputs else {
      // Only a grey digit can be normalized to another size.
      let advice = shape.channels == 1 ? ", or \(normalization.name)" : ""
      throw InputError.mismatch(
        path: path, expected: "images of \(shape)\(advice)", like: model, found: "\(found)")
    }
    return Picture(file: path, row: row, shape: shape, pixels: pixels)
  }

  /// Throws `InputError.mismatch` unless a raw file of `bytes` bytes holds whole images, at least one.
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
