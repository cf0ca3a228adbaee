import Datasets
import Foundation
import Storage
import TestSupport
import Testing

/// What `pipelines/python` offers to users of PyTorch.
@Suite(.enabled(if: python != nil, "needs DK_PYTHON; pipelines/test.sh sets it"))
struct PythonTests {
  private struct Seen: Decodable {
    let rows, batched, stream, parallel: Int
    let shape, answers, labels: [Int]
    let sums: Double
    let repeats, differs: Bool
  }

  private let pipeline: SmallPipeline
  private let module = FileSystem.absolute(reference("../../pipelines/python"))

  init() throws { pipeline = try SmallPipeline(running: 5) }

  private func use(_ images: String, _ soft: String) throws -> Program.Result {
    try pipeline.run(
      "\(python ?? "") \(reference("use_dataset.py")) \(module) \(images) \(soft) logits.safetensors")
  }

  @Test(arguments: ["soft/temperature=20", "few/temperature=4", "soft/logits"])
  func `Datasets give every row once with its soft target`(soft: String) throws {
    let result = try use("shards/train", soft)
    try #require(result.status == 0, "\(result.standardError)")
    let seen = try JSONDecoder().decode(Seen.self, from: Data(result.standardOutput.utf8))
    #expect(seen.rows == 540 && seen.batched == 540 && seen.stream == 540 && seen.parallel == 540)
    #expect(seen.shape == [1, 8, 8] && seen.answers == [540, 4] && seen.labels.reduce(0, +) == 540)
    #expect(seen.repeats && seen.differs && (soft == "soft/logits" || seen.sums < 1e-5))
    // And back: what was written is taken, of these images and of no others.
    let taken = try pipeline.run(
      "dk-soften --logits logits.safetensors --images shards/train --output theirs")
    #expect(
      taken.status == 0 && taken.standardError.contains("agree with 100.00 %"), "\(taken.standardError)")
    let other = try pipeline.run(
      "dk-soften --logits logits.safetensors --images shards/validation --output others")
    #expect(other.status == 65 && other.lastErrorLine.contains("digest"), "\(other.standardError)")
  }

  @Test func `Soft targets of other images are refused`() throws {
    let result = try use("jittered/train", "soft/temperature=20")
    #expect(result.status != 0 && result.standardError.contains("no soft targets for"))
    try FileSystem.remove(pipeline.directory("shards"))
    let again = SmallPipeline.commands[0].replacing("--seed 3", with: "--seed 4")
    #expect(try pipeline.run(again).status == 0)
    let moved = try use("shards/train", "soft/temperature=20")
    #expect(moved.status != 0 && moved.standardError.contains("soft targets of other images: row"))
  }

  @Test func `A folder of any images becomes a file for the ingest`() throws {
    let script = """
      import numpy as np
      from PIL import Image
      from pathlib import Path
      for label, word in enumerate(["left", "right"]):
          Path(f"photos/{word}").mkdir(parents=True)
          for number in range(3):
              Image.fromarray(np.full((6, 5), 40 * label + number, np.uint8)).save(f"photos/{word}/{number}.bmp")
      """
    try AtomicFile.write(Array(script.utf8), to: pipeline.directory("make.py"))
    for command in [
      "\(python ?? "") make.py",
      "\(python ?? "") \(module)/convert.py folder photos --output photos.safetensors",
      "dk-ingest photos.safetensors --label-names photos.labels.txt --output photos-shards",
    ] {
      let result = try pipeline.run(command)
      #expect(result.status == 0, "\(command): \(result.standardError)")
    }
    let table = try pipeline.run("dk-inspect photos-shards/train").standardOutput
    #expect(table.contains("3 3") && table.contains("left"), "\(table)")
  }

  @Test func `A table of images becomes a file for the ingest`() throws {
    // As Hugging Face's datasets write them: encoded images, and names of the classes in the description.
    let script = """
      import io, json
      import numpy as np, pyarrow as pa, pyarrow.parquet as pq
      from PIL import Image
      def cell(value):
          data = io.BytesIO()
          Image.fromarray(np.full((6, 5, 3), value, np.uint8)).save(data, "PNG")
          return {"bytes": data.getvalue(), "path": None}
      names = {"info": {"features": {"label": {"names": ["left", "right"], "_type": "ClassLabel"}}}}
      for part in range(2):
          table = pa.table({"image": [cell(50 * part + n) for n in range(4)], "label": [0, 1, 1, 0]})
          pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps(names)}), f"part-{part}.parquet")
      """
    try AtomicFile.write(Array(script.utf8), to: pipeline.directory("make.py"))
    for command in [
      "\(python ?? "") make.py",
      "\(python ?? "") \(module)/convert.py parquet part-0.parquet part-1.parquet --output table.safetensors",
      "dk-ingest table.safetensors --label-names table.labels.txt --order source --output table",
    ] {
      let result = try pipeline.run(command)
      #expect(result.status == 0, "\(command): \(result.standardError)")
    }
    let set = try ImageSet(pipeline.directory("table/train"))
    let shard = try set.read(set.shards[0])
    #expect(set.labelMap.names == ["left", "right"] && set.shape.channels == 3)
    #expect(shard.labels == [0, 1, 1, 0, 0, 1, 1, 0])
    #expect((0..<8).map { shard.features.bytes[$0 * 90] } == [0, 1, 2, 3, 50, 51, 52, 53])
    let wrong = try pipeline.run(
      "\(python ?? "") \(module)/convert.py parquet part-0.parquet --image picture --output x.safetensors")
    #expect(wrong.status == 1 && wrong.lastErrorLine.contains("expected a column picture"))
  }
}
