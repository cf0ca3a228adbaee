import Datasets
import Networks
import Stage
import Storage

/// Logits of a specialist panel: log q of its joint distribution q, so that a softmax at T = 1 gives q back. Where no
/// specialist is consulted, the generalist's own logits.
package struct PanelLogits: LogitSource {
  private static let arithmeticVersion = 1

  private let panel: SpecialistPanel
  package let inputs: [Plan.Input]
  package let teachers: [Digest]
  package let parameters: [String: JSONValue]
  package var labelMap: LabelMap { panel.labelMap }

  /// - Parameter read: the panel and its models.
  package init(_ read: SpecialistPanel.Read) {
    panel = read.panel
    inputs = read.models.enumerated().map { number, model in
      .init(
        name: number == 0 ? "teacher.0" : "specialist.\(number - 1)", digest: model.source.digest,
        path: model.source.path)
    }
    // The panel counts as one teacher. Its digest covers all that changes q: `top`, and the weights of every member in
    // order.
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
