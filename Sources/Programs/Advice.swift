import Stage
import Storage

/// What to do about an error, where that means another program: libraries do not know which program makes what.
enum Advice {
  private static func maker(of kind: DirectoryKind) -> String {
    switch kind {
    case .images: "dk-ingest"
    case .logits, .softTargets: "dk-soften"
    case .model: "dk-teach or dk-distill"
    case .specialistSets: "dk-specialize"
    }
  }

  /// Nil where the error says all itself.
  static func text(for error: any Error) -> String? {
    switch error {
    case let error as InputError:
      switch error {
      case .otherRow, .otherShard, .missingShard:
        "make them from these images with \(maker(of: .softTargets))"
      case .differs: "make it again with \(maker(of: .softTargets)) --force"
      case .wrongModel: "give a model of \(maker(of: .model))"
      default: nil
      }
    case StageError.wrongKind(_, let expected, _):
      expected.first.map { "expected the output of \(maker(of: $0))" }
    default: nil
    }
  }
}
