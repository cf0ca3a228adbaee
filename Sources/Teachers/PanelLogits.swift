import Datasets
import Networks
import Stage
import Storage

/// Logits of a panel: the logarithms of its joint distribution, from which soft targets at any temperature follow.
package struct PanelLogits: LogitSource {
  private static let arithmeticVersion = 1

  private let panel: SpecialistPanel
  package let inputs: [Plan.Input]
  package let teachers: [Digest]
  package let parameters: [String: JSONValue]
  package var labelMap: LabelMap { panel.labelMap }

  /// Of a panel that was read.
  package init(_ read: SpecialistPanel.Read) {
    panel = read.panel
    inputs = read.models.enumerated().map { number, model in
      .init(
        name: number == 0 ? "teacher.0" : "specialist.\(number - 1)", digest: model.source.digest,
        path: model.source.path)
    }
    // One teacher, with a name made of all that it is.
    var builder = DigestBuilder()
    builder.add(text: "specialist panel \(Self.arithmeticVersion), top \(read.panel.top)")
    for model in read.models { builder.add(model.weights) }
    teachers = [builder.digest]
    parameters = ["specialists": JSONValue(read.panel.specialists.count), "top": JSONValue(read.panel.top)]
  }

  package func logits(of shard: ImageShard, path: String) throws -> [Float] {
    try panel.logits(shard.features)
  }
}
