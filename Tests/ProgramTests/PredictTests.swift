import Foundation
import Storage
import TestSupport
import Testing

/// Images of any form, one at a time.
struct PredictTests {
  private struct Report: Decodable {
    struct Row: Decodable {
      let file: String
      let row, prediction: Int
      let probabilities: [Double]
    }
    let predictions: [Row]
  }

  private static let mnist = ProcessInfo.processInfo.environment["DK_MNIST_DIR"]

  private func predict(_ words: String, in directory: String) throws -> [Report.Row] {
    let result = try Program.run("dk-predict \(words) --json", in: directory)
    guard result.status == 0 else { throw PipelineFailed(command: words, line: result.lastErrorLine) }
    return try JSONDecoder().decode(Report.self, from: Data(result.standardOutput.utf8)).predictions
  }

  @Test func `Arrays and raw bytes give what dk-evaluate says`() throws {
    let pipeline = try SmallPipeline(running: 3)
    let path = pipeline.directory.path
    let all = try predict("teacher train-images", in: path)
    #expect(all.count == 600)
    let ingest = "dk-ingest train-images --order source --output plain"
    #expect(try pipeline.run(ingest).status == 0)
    #expect(try pipeline.run("dk-evaluate teacher --images plain/train --predictions p.csv").status == 0)
    let lines = String(decoding: try bytes(pipeline.directory("p.csv")), as: UTF8.self).split(separator: "\n")
    for (row, line) in zip(all, lines.dropFirst()) {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      #expect(cells[0] == "\(row.row)" && cells[4] == "\(row.prediction)")
      #expect(cells.dropFirst(5).map { Float($0) } == row.probabilities.map { Float($0) })
    }
    try AtomicFile.write(SyntheticImages(count: 600).images, to: pipeline.directory("bytes"))
    let some = try predict("teacher bytes --raw --rows 7-9", in: path)
    #expect(some.map(\.row) == [7, 8, 9])
    #expect(some.map(\.probabilities) == all[7...9].map(\.probabilities))

    let table = try pipeline.run("dk-predict teacher train-images --rows 3 --show --top 2").standardOutput
    #expect(table.split(separator: "\n").count == 8 + 2 && table.contains("class"), "\(table)")
    let csv = try pipeline.run("dk-predict teacher train-images bytes.png --rows 0-1 --csv")
    #expect(csv.status == 66, "\(csv.standardError)")
    let rows = try pipeline.run("dk-predict teacher train-images --rows 0-1 --csv").standardOutput
    #expect(rows.hasPrefix("file,row,prediction,label,p0,p1,p2,p3\ntrain-images,0,"), "\(rows)")
  }

  @Test func `What does not fit is one line`() throws {
    let pipeline = try SmallPipeline(running: 3)
    try AtomicFile.write([1, 2, 3], to: pipeline.directory("odd"))
    for (words, status, expected) in [
      ("teacher odd --raw", 65, "64 each"), ("teacher train-labels", 65, "train-labels"),
      ("teacher train-images --rows 600", 64, "the 600"),
      ("teacher train-images --temperature 0", 64, "positive"),
      ("train-images train-images", 65, "train-images"), ("teacher shards", 65, "PNG file"),
      ("teacher train-images --top 0", 64, "--top"), ("teacher train-images --csv --json", 64, "--csv"),
    ] {
      let result = try pipeline.run("dk-predict \(words)")
      #expect(result.status == Int32(status), "\(words): \(result.standardError)")
      #expect(result.lastErrorLine.contains(expected), "\(words): \(result.standardError)")
      #expect(result.standardError.split(separator: "\n").count == 1)
    }
  }

  @Test(
    .enabled(
      if: python != nil && mnist != nil, "needs DK_PYTHON and DK_MNIST_DIR; pipelines/test.sh sets them"))
  func `Photographed digits are read as the digits that they show`() throws {
    let directory = try TemporaryDirectory()
    let images = "\(Self.mnist ?? "")/train-images-idx3-ubyte"
    let count = 150
    for command in [
      "\(python ?? "") \(reference("make_photos.py")) \(images) photos \(count)",
      "dk-ingest \(images) \(Self.mnist ?? "")/train-labels-idx1-ubyte --output shards",
      "dk-distill shards/train --hidden 100 --epochs 2 --output net",
    ] {
      let result = try Program.run(command, in: directory.path)
      guard result.status == 0 else { throw PipelineFailed(command: command, line: result.lastErrorLine) }
    }
    let originals = try predict("net \(images) --rows 0-\(count - 1)", in: directory.path)
    let photos = try predict("net photos --normalize", in: directory.path)
    let agreeing = zip(originals, photos).count { $0.prediction == $1.prediction }
    // 28 x 28 pixels blown up and back are not the same pixels.
    #expect(agreeing >= count * 95 / 100, "\(agreeing) of \(count)")
    // As they are, they are of another size.
    let refused = try Program.run("dk-predict net photos", in: directory.path)
    #expect(refused.status == 65 && refused.lastErrorLine.contains("--normalize"), "\(refused.standardError)")
    try AtomicFile.write([UInt8](repeating: 200, count: 784), to: directory("blank"))
    let blank = try Program.run("dk-predict net blank --raw --normalize", in: directory.path)
    #expect(blank.status == 65 && blank.lastErrorLine.contains("stands out"), "\(blank.standardError)")
  }
}
