/// What a model is for, as its manifest and its file say.
package enum ModelRole: String, Sendable, CaseIterable {
  /// Learnt from labels, to be softened (paper, section 3).
  case teacher
  /// Learnt from soft targets or logits.
  case student
  /// The student's net, learnt from labels alone.
  case baseline
  /// Learnt to tell a few classes apart (paper, section 5).
  case specialist
  /// Another model with corrected outputs.
  case calibrated
}
