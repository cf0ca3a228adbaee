import Datasets
import Programs
import Stage
import Storage

/// An image as a model takes it.
struct Picture {
  let file: String
  /// In its file, counted from 0.
  let row: Int
  let shape: ImageShape
  let pixels: [UInt8]
}

/// Images of any form, in the form that a model takes.
struct PictureReader {
  /// So many at a time, that memory does not grow with the file.
  private static let batch = 1024

  /// Numbers in an image.
  let inputs: Int
  /// As the model says; nil where it does not.
  let shape: ImageShape?
  /// Its path, for messages.
  let model: String
  let normalizes: Bool
  let isRaw: Bool

  /// What an image is to be: as the model says, else a square if it can be one.
  private var wanted: ImageShape {
    let side = Int(Double(inputs).squareRoot().rounded())
    return shape
      ?? (side * side == inputs
        ? ImageShape(rows: side, columns: side) : ImageShape(rows: 1, columns: inputs))
  }

  /// Reads the images of a file or folder, some at a time.
  ///
  /// - Parameters:
  ///   - path: of PNG, IDX, npy, npz, safetensors or raw bytes; or of a folder of PNG files.
  ///   - rows: which ones; nil for all.
  ///   - visit: takes them in order.
  /// - Throws: `StorageError`; `InputError`; what `visit` throws.
  func read(_ path: String, rows: Range<Int>?, visit: ([Picture]) throws -> Void) throws {
    if try FileSystem.type(path) == .directory {
      let names = try FileSystem.list(path).filter { !$0.hasPrefix(".") && $0.lowercased().hasSuffix(".png") }
      guard !names.isEmpty else { throw InputError.noExamples(path: path, of: "PNG file") }
      let chosen = try range(rows, count: names.count, path)
      for name in names.sorted()[chosen] { try visit([picture(FileSystem.join(path, name))]) }
    } else if isRaw {
      try readRaw(path, rows, visit)
    } else if try FileSignature(of: InputFile(path)) == .png {
      _ = try range(rows, count: 1, path)
      try visit([picture(path)])
    } else {
      let source = try ArraySource(path)
      let chosen = try range(rows, count: source.count, path)
      for start in stride(from: chosen.lowerBound, to: chosen.upperBound, by: Self.batch) {
        try Interruption.check()
        let own = Array(start..<min(chosen.upperBound, start + Self.batch))
        let pixels = try source.images(own)
        let size = source.shape.count
        try visit(
          own.enumerated().map { place, row in
            try fitted(
              Array(pixels[place * size..<(place + 1) * size]), source.shape, path: path, row: row)
          })
      }
    }
  }

  private func readRaw(_ path: String, _ rows: Range<Int>?, _ visit: ([Picture]) throws -> Void) throws {
    let file = try InputFile(path)
    guard file.byteCount > 0, file.byteCount % inputs == 0 else {
      throw InputError.mismatch(
        path: path, expected: "bytes of whole images, \(inputs) each", like: model,
        found: "\(file.byteCount)")
    }
    for row in try range(rows, count: file.byteCount / inputs, path) {
      let pixels = try file.read(offset: row * inputs, count: inputs)
      try visit([fitted(pixels, wanted, path: path, row: row)])
    }
  }

  private func picture(_ path: String) throws -> Picture {
    let image = try PNGImage(path)
    return try fitted(image.pixels(channels: image.shape.channels), image.shape, path: path, row: 0)
  }

  private func range(_ rows: Range<Int>?, count: Int, _ path: String) throws -> Range<Int> {
    guard let rows else { return 0..<count }
    guard rows.upperBound <= count else {
      throw OptionError.wrongValue(
        option: "--rows", expected: "rows of the \(count) in \(path)", found: "\(rows.upperBound - 1)")
    }
    return rows
  }

  private func fitted(_ pixels: [UInt8], _ found: ImageShape, path: String, row: Int) throws -> Picture {
    var (pixels, found) = (pixels, found)
    if wanted.channels == 1, found.channels == 3 {
      (pixels, found) = (Self.grey(pixels), ImageShape(rows: found.rows, columns: found.columns))
    } else if wanted.channels == 3, found.channels == 1 {
      pixels = pixels.flatMap { [$0, $0, $0] }
      found = ImageShape(rows: found.rows, columns: found.columns, channels: 3)
    }
    if normalizes {
      guard wanted.channels == 1, found.channels == 1 else {
        throw InputError.wrongModel(
          path: model, reason: "--normalize expects a model of grey images, found \(wanted)")
      }
      let form = DigitNormalization(rows: wanted.rows, columns: wanted.columns)
      guard let normal = form(pixels, height: found.rows, width: found.columns) else {
        throw InputError.noExamples(path: path, of: "stroke that stands out from the paper")
      }
      (pixels, found) = (normal, wanted)
    }
    // A model that does not say its shape takes whatever has as many numbers.
    guard shape == nil ? pixels.count == inputs : found == wanted else {
      throw InputError.mismatch(
        path: path,
        expected: wanted.channels == 1 ? "images of \(wanted), or --normalize" : "images of \(wanted)",
        like: model, found: "\(found)")
    }
    return Picture(file: path, row: row, shape: wanted, pixels: pixels)
  }

  /// Brightness as eyes have it (ITU-R BT.601).
  private static func grey(_ pixels: [UInt8]) -> [UInt8] {
    stride(from: 0, to: pixels.count, by: 3).map { place in
      let (red, green, blue) = (Int(pixels[place]), Int(pixels[place + 1]), Int(pixels[place + 2]))
      return UInt8((299 * red + 587 * green + 114 * blue + 500) / 1000)
    }
  }
}
