import CPNG
import Datasets
import Foundation
import Testing

@testable import Reporting

/// Images in a page are PNG files.
@Suite struct PictureTests {
  private struct Decoded: Equatable {
    let rows, columns, channels: Int
    let pixels: [UInt8]
  }

  /// What a browser would make of an address of the scheme `data`.
  private func decoded(_ address: String?) throws -> Decoded {
    let text = try #require(address)
    try #require(text.hasPrefix("data:image/png;base64,"))
    let file = [UInt8](try #require(Data(base64Encoded: String(text.dropFirst(22)))))
    // The format's signature, then the header: IHDR with width and height, big-endian.
    #expect(Array(file.prefix(8)) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    func number(at start: Int) -> Int { file[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    let (columns, rows) = (number(at: 16), number(at: 20))
    var header = dk_png_header()
    var message = [CChar](repeating: 0, count: Int(DK_PNG_MESSAGE))
    try #require(dk_png_read_header(file, file.count, &header, &message))
    #expect(Int(header.rows) == rows && Int(header.columns) == columns && header.bits == 8)
    var pixels = [UInt8](repeating: 0, count: rows * columns * Int(header.channels))
    try #require(dk_png_read(file, file.count, header.channels, &pixels, &message))
    return Decoded(rows: rows, columns: columns, channels: Int(header.channels), pixels: pixels)
  }

  private func pixels(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 11) } }

  @Test(arguments: [
    ImageShape(rows: 1, columns: 1), ImageShape(rows: 5, columns: 7), ImageShape(rows: 28, columns: 28),
    ImageShape(rows: 6, columns: 3, channels: 3), ImageShape(rows: 1, columns: 300, channels: 3),
  ])
  func `Pixels come back as they were`(shape: ImageShape) throws {
    let pixels = pixels(shape.count)
    let expected = Decoded(rows: shape.rows, columns: shape.columns, channels: shape.channels, pixels: pixels)
    #expect(try decoded(Pictures.address(pixels[...], shape)) == expected)
    // A slice begins anywhere.
    let later = ([9, 9, 9] + pixels).dropFirst(3)
    #expect(try decoded(Pictures.address(later, shape)) == expected)
  }

  @Test(arguments: [2, 4, 5])
  func `Of other channels the mean is shown`(channels: Int) throws {
    let pixels = pixels(3 * 4 * channels)
    let found = try decoded(
      Pictures.address(pixels[...], ImageShape(rows: 3, columns: 4, channels: channels)))
    let means = (0..<12).map { pixel in
      UInt8((0..<channels).reduce(0) { $0 + Int(pixels[pixel * channels + $1]) } / channels)
    }
    #expect(found == Decoded(rows: 3, columns: 4, channels: 1, pixels: means))
  }

  @Test func `An image has its words, as text`() throws {
    let html = Pictures.image([1, 2], ImageShape(rows: 1, columns: 2), alternative: "a \"<b>\"")
    let markup = Markup(html)
    #expect(markup.faults.isEmpty && markup.tags.count == 1 && markup.tags[0]["alt"] == "a \"<b>\"")
    #expect(try decoded(markup.tags[0]["src"]).pixels == [1, 2])
  }

  @Test func `Bars are as long as their probabilities`() {
    let bars = Pictures.bars([0.2, 0.8, 0], names: ["a", "long name", "c"], label: 1)
    let markup = Markup("<g>\(bars.marks)</g>")
    let rectangles = markup.tags("rect")
    #expect(rectangles.map { $0["height"] } == ["15.0", "60.0", "0.0"])
    #expect(
      rectangles.map { $0["y"] } == ["47.0", "2.0", "62.0"]
        && rectangles.map { $0["x"] } == ["2", "20", "38"])
    #expect(rectangles.map { $0["class"] } == ["bar", "bar true", "bar"])
    #expect(bars.width == 54 && markup.text == "alonc" && markup.faults.isEmpty)
  }

  @Test func `Of many classes the eight most probable are shown in their order`() {
    let probabilities = (0..<40).map { Double($0 * 7 % 40) / 780 }
    let largest = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }.prefix(8).sorted()
    let bars = Pictures.bars(probabilities, names: probabilities.indices.map { "\($0)" }, label: nil)
    #expect(Markup("<g>\(bars.marks)</g>").text == largest.map(String.init).joined() && bars.width == 8 * 18)
  }

  @Test func `A drawing names the three most probable classes`() {
    let drawing = Pictures.drawing(
      [0.003, 0.9, 0.09, 0.007], names: ["a", "<b>", "c", "d"], label: 1, title: "\"T\"", id: "i")
    let markup = Markup(drawing)
    #expect(
      markup.faults.isEmpty && markup.text.contains("\"T\": <b> 90 %, c 9 %, d 0.7 %"), "\(markup.text)")
    #expect(markup.tags[0]["aria-labelledby"] == "i" && markup.tags("title").first?["id"] == "i")
  }

  @Test func `The drawing for other pages is a file of its own`() throws {
    let space = try ReportSpace()
    let judged = try Judged(try space.images(labelNames: ["<a>", "\"b\"", "c&"]))
    let model = try #require(try Findings([space.model("net").path]).models.first)
    let teacher = JudgedModel(model: model, logits: ReportSpace.logits(judged))
    let file = try #require(DarkKnowledgePicture.file(judged, teacher))
    let markup = Markup(file)
    #expect(markup.faults.isEmpty && file.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
    #expect(markup.text.contains("a <a> that looks like a \"b\""))
    #expect(markup.tags("image").count == ReportSpace.classes)
    for image in markup.tags("image") {
      let found = try decoded(image["href"])
      #expect(found.rows == 3 && found.columns == 3 && found.channels == 1)
    }
    // All that is drawn is within its size.
    let size = ["width", "height"].map { Double(markup.tags[0][$0] ?? "") ?? 0 }
    #expect(
      markup.tags[0]["viewBox"] == "0 0 \(Int(size[0])) \(Int(size[1]))" && size[0] > 200 && size[1] == 344)
  }
}
