/// Role of a model, stored in its manifest and its file.
package enum ModelRole: String, Sendable, CaseIterable {
  /// Trained with labels, to produce soft targets (paper, section 3).
  case teacher
  /// Trained with soft targets or logits.
  case student
  /// The student's architecture, trained with labels only.
  case baseline
  /// Trained to distinguish a few confusable classes (paper, section 5).
  case specialist
  /// Another model with corrected outputs.
  case calibrated
}
