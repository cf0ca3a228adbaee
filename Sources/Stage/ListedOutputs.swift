/// What a manifest says of a plan's outputs, by their positions.
struct ListedOutputs: Sendable {
  private let outputs: [Manifest.Output]
  /// Nil where both have the same paths in the same order, as they do unless the set has grown.
  private let positions: [Int?]?

  init(_ manifest: Manifest?, _ plan: Plan) {
    outputs = manifest?.outputs ?? []
    if outputs.count == plan.outputs.count, zip(outputs, plan.outputs).allSatisfy({ $0.path == $1.path }) {
      positions = nil
    } else {
      let byPath = Dictionary(outputs.indices.map { (manifest?.outputs[$0].path ?? "", $0) }) { first, _ in
        first
      }
      positions = plan.outputs.map { byPath[$0.path] }
    }
  }

  subscript(position: Int) -> Manifest.Output? {
    guard let positions else { return outputs[position] }
    return positions[position].map { outputs[$0] }
  }
}
