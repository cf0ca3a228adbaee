import Stage
import Storage

/// What an export wrote, as a table and as JSON.
package struct ExportReport: Encodable {
  private let output: String
  private let bytes: Int
  private let operatorSet: Int
  private let input: ONNXModel.Port
  private let outputs: [ONNXModel.Port]
  private let model: Digest

  /// - Parameters:
  ///   - onnx: that was written.
  ///   - model: identity of the model.
  ///   - output: the file, as the user named it.
  ///   - bytes: in the file.
  package init(_ onnx: ONNXModel, of model: Digest, output: String, bytes: Int) {
    (self.output, self.bytes, self.model) = (output, bytes, model)
    (operatorSet, input, outputs) = (ONNXModel.operatorSet, onnx.input, onnx.outputs)
  }

  /// For people.
  package var table: Table {
    // What a program that runs the graph has to know: where it is, its operators, its ports.
    Table(
      [
        ["file", output], ["bytes", Format.bytes(bytes)], ["opset", String(operatorSet)],
        ["input", input.text], ["outputs", outputs.map(\.text).joined(separator: ", ")],
      ], .left)
  }
}
