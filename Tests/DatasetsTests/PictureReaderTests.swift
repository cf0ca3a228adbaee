import Datasets
import Stage
import Storage
import TestSupport
import Testing

@Suite struct PictureReaderTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func form(
    inputs: Int, _ shape: ImageShape?, normalizes: Bool = false
  ) -> PictureForm {
    PictureForm(
      inputs: inputs, shape: shape, model: "net",
      normalization: .init(isWanted: normalizes, name: "--normalize"))
  }

  /// Writes images as an array, [n, rows, columns, channels].
  private func write(_ name: String, _ pixels: [UInt8], _ shape: ImageShape) throws -> String {
    var writer = SafetensorsWriter(metadata: [:])
    let extents = [pixels.count / shape.count, shape.rows, shape.columns]
    writer.add("images", pixels, shape: extents + (shape.channels > 1 ? [shape.channels] : []))
    try AtomicFile.write(try writer.bytes(), to: directory(name))
    return directory(name)
  }

  private func read(_ path: String, _ form: PictureForm, rows: Range<Int>? = nil, isRaw: Bool = false) throws
    -> [Picture]
  {
    var pictures: [Picture] = []
    try PictureReader(form, isRaw: isRaw).read(path, rows: rows) { pictures += $0 }
    return pictures
  }

  @Test func `Rows of an array come in order, and only those that are asked for`() throws {
    let shape = ImageShape(rows: 2, columns: 3)
    let pixels = (0..<6 * 1500).map { UInt8($0 / 6 % 251) }
    let path = try write("a.safetensors", pixels, shape)
    let all = try read(path, form(inputs: 6, shape))
    #expect(all.map(\.row) == Array(0..<1500) && all.allSatisfy { $0.file == path && $0.shape == shape })
    #expect(all.flatMap(\.pixels) == pixels)
    let some = try read(path, form(inputs: 6, shape), rows: 1020..<1030)
    #expect(some == Array(all[1020..<1030]))
    #expect(
      throws: ParameterError.wrongValue(
        parameter: "rows", expected: "rows of the 1500 in \(path)", found: "1500")
    ) { try read(path, form(inputs: 6, shape), rows: 1400..<1501) }
  }

  @Test func `Colour becomes grey and grey becomes colour as the model wants it`() throws {
    let colour = ImageShape(rows: 2, columns: 4, channels: 3)
    let grey = ImageShape(rows: 2, columns: 4)
    let pixels = (0..<4).flatMap { _ in [255, 255, 255, 0, 100, 200] as [UInt8] }
    let path = try write("c.safetensors", pixels, colour)
    // 0.299, 0.587 and 0.114 of red, green and blue: 0 + 58.7 + 22.8.
    let greyed = try read(path, form(inputs: 8, grey))
    #expect(greyed.map(\.pixels) == [[255, 82, 255, 82, 255, 82, 255, 82]] && greyed[0].shape == grey)
    let other = try write("g.safetensors", Array(1...8), grey)
    let coloured = try read(other, form(inputs: 24, colour))
    #expect(coloured.map(\.pixels) == [(1...8).flatMap { [$0, $0, $0] }] && coloured[0].shape == colour)
  }

  @Test func `A model of unknown shape takes any image of as many numbers`() throws {
    let path = try write("a.safetensors", Array(0..<12), ImageShape(rows: 3, columns: 4))
    #expect(try read(path, form(inputs: 12, nil))[0].shape == ImageShape(rows: 1, columns: 12))
    #expect(try read(path, form(inputs: 12, ImageShape(rows: 3, columns: 4))).count == 1)
    #expect(
      throws: InputError.mismatch(
        path: path, expected: "images of 4x3, or --normalize", like: "net", found: "3x4")
    ) { try read(path, form(inputs: 12, ImageShape(rows: 4, columns: 3))) }
    // A square is likelier than a line.
    let square = try write("s.safetensors", Array(0..<9), ImageShape(rows: 1, columns: 9))
    #expect(try read(square, form(inputs: 9, nil))[0].shape == ImageShape(rows: 3, columns: 3))
  }

  @Test func `Raw bytes are whole images`() throws {
    let shape = ImageShape(rows: 2, columns: 2)
    try AtomicFile.write(Array(0..<12), to: directory("raw"))
    let pictures = try read(directory("raw"), form(inputs: 4, shape), rows: 1..<3, isRaw: true)
    #expect(pictures.map(\.pixels) == [[4, 5, 6, 7], [8, 9, 10, 11]] && pictures.map(\.row) == [1, 2])
    for bytes in [[], [1, 2, 3, 4, 5]] as [[UInt8]] {
      try AtomicFile.write(bytes, to: directory("odd"))
      #expect(
        throws: InputError.mismatch(
          path: directory("odd"), expected: "bytes of whole images, 4 each", like: "net",
          found: "\(bytes.count)")
      ) { try read(directory("odd"), form(inputs: 4, shape), isRaw: true) }
    }
  }

  @Test func `A digit is normalised from any size, and an even surface is none`() throws {
    let shape = ImageShape(rows: 28, columns: 28)
    // A dark bar on light paper, far from the middle.
    var pixels = [UInt8](repeating: 230, count: 60 * 80)
    for row in 5..<45 { for column in 8..<14 { pixels[row * 80 + column] = 20 } }
    let path = try write("p.safetensors", pixels, ImageShape(rows: 60, columns: 80))
    let picture = try read(path, form(inputs: 784, shape, normalizes: true))[0]
    #expect(picture.shape == shape && picture.pixels.contains { $0 > 200 } && picture.pixels[0] == 0)
    let blank = try write("b.safetensors", [UInt8](repeating: 9, count: 784), shape)
    #expect(throws: InputError.noExamples(path: blank, of: "stroke that stands out from the paper")) {
      try read(blank, form(inputs: 784, shape, normalizes: true))
    }
    let colour = ImageShape(rows: 28, columns: 28, channels: 3)
    #expect(
      throws: InputError.wrongModel(
        path: "net", reason: "--normalize expects a model of grey images, found 28x28x3")
    ) { try read(path, form(inputs: 28 * 28 * 3, colour, normalizes: true)) }
  }

  @Test func `A folder without PNG files is an error`() {
    #expect(throws: InputError.noExamples(path: directory.path, of: "PNG file")) {
      try read(directory.path, form(inputs: 4, nil))
    }
  }
}
