import Stage
import Storage

/// Reads images from any supported file and converts them into the form that a model takes.
package struct PictureReader {
  /// Number of images read at a time; it bounds memory for large files.
  private static let batch = 1024

  private let form: PictureForm
  private let isRaw: Bool

  /// - Parameters:
  ///   - form: form of the converted images.
  ///   - isRaw: whether files hold only pixels, without a header.
  package init(_ form: PictureForm, isRaw: Bool) { (self.form, self.isRaw) = (form, isRaw) }

  /// Reads the images of a file or folder, some at a time.
  ///
  /// - Parameters:
  ///   - path: a file (PNG, IDX, npy, npz, safetensors or raw bytes), or a folder of PNG files.
  ///   - rows: rows to read; nil for all.
  ///   - visit: called with the images in order, at least one at a time.
  /// - Throws: `StorageError`; `InputError`; `ParameterError.wrongValue` for rows beyond the end; errors of `visit`.
  package func read(_ path: String, rows: Range<Int>?, visit: ([Picture]) throws -> Void) throws {
    if try FileSystem.type(path) == .directory {
      try readFolder(path, rows, visit)
    } else if isRaw {
      try readRaw(path, rows, visit)
    } else if try FileSignature(of: InputFile(path)) == .png {
      _ = try range(rows, count: 1, path)
      try visit([png(path)])
    } else {
      try readArray(path, rows, visit)
    }
  }

  private func readFolder(_ path: String, _ rows: Range<Int>?, _ visit: ([Picture]) throws -> Void) throws {
    let names = try FileSystem.list(path).filter { !$0.hasPrefix(".") && $0.lowercased().hasSuffix(".png") }
    guard !names.isEmpty else { throw InputError.noExamples(path: path, of: "PNG file") }
    let chosen = try range(rows, count: names.count, path)
    // Sorted, because row numbers select files and the order of a directory listing is arbitrary.
    for name in names.sorted()[chosen] { try visit([png(FileSystem.join(path, name))]) }
  }

  private func readRaw(_ path: String, _ rows: Range<Int>?, _ visit: ([Picture]) throws -> Void) throws {
    let file = try InputFile(path)
    try form.checkRaw(bytes: file.byteCount, path: path)
    for row in try range(rows, count: file.byteCount / form.inputs, path) {
      let pixels = try file.read(offset: row * form.inputs, count: form.inputs)
      try visit([form.picture(pixels, form.shape, path: path, row: row)])
    }
  }

  private func readArray(_ path: String, _ rows: Range<Int>?, _ visit: ([Picture]) throws -> Void) throws {
    let source = try ArraySource(path)
    let chosen = try range(rows, count: source.count, path)
    for start in stride(from: chosen.lowerBound, to: chosen.upperBound, by: Self.batch) {
      // Checked for each batch, because a file may hold millions of images.
      try Interruption.check()
      let own = Array(start..<min(chosen.upperBound, start + Self.batch))
      let pixels = try source.images(own)
      let size = source.shape.count
      try visit(
        own.enumerated().map { place, row in
          try form.picture(
            Array(pixels[place * size..<(place + 1) * size]), source.shape, path: path, row: row)
        })
    }
  }

  private func png(_ path: String) throws -> Picture {
    let image = try PNGImage(path)
    return try form.picture(
      image.pixels(channels: image.shape.channels), image.shape, path: path, row: 0)
  }

  private func range(_ rows: Range<Int>?, count: Int, _ path: String) throws -> Range<Int> {
    guard let rows else { return 0..<count }
    // An error, because a script would not notice missing rows.
    guard rows.upperBound <= count else {
      throw ParameterError.wrongValue(
        parameter: "rows", expected: "rows of the \(count) in \(path)", found: "\(rows.upperBound - 1)")
    }
    return rows
  }
}
