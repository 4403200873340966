import numpy as np
import pytest
import torch

from ecgbook.errors import TrainingFailed
from ecgbook.models import create_model
from ecgbook.training import predict
from tests.training.stand_ins import Examples


def test_rows_keep_their_order_whatever_the_batch(beats):
    x, rr, _ = beats
    model = create_model("beat_cnn", features=2).eval()
    with torch.no_grad():
        expected = model(torch.tensor(x), torch.tensor(rr)).numpy()
    for batch_size in (1, 7, 240, 1000):
        output = predict(model, x, rr, batch_size=batch_size)
        assert output.dtype == np.float32
        np.testing.assert_allclose(output, expected, atol=1e-5)


def test_it_is_in_eval_mode_and_leaves_the_mode_and_the_statistics(beats):
    x, rr, _ = beats
    model = create_model("beat_cnn", features=2, dropout=0.9).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    np.testing.assert_array_equal(predict(model, x, rr), predict(model, x, rr))
    assert model.training
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_bad_input_is_refused(beats):
    x = beats[0].copy()
    model = create_model("beat_cnn")
    with pytest.raises(TrainingFailed, match="input 0 of the examples must be float32"):
        predict(model, x.astype(np.float64))
    with pytest.raises(TrainingFailed, match="input 0 of the examples is empty"):
        predict(model, x[:0])
    x[3] = np.nan
    with pytest.raises(TrainingFailed, match=r"input 0 .* NaN .*in 1 of 240 .*example 3"):
        predict(model, x)


def test_examples_are_predicted_as_their_arrays(beats):
    x, rr, y = beats
    model = create_model("beat_cnn", features=2)
    examples = Examples(x, y, features=rr, feature_names=("rr_s", "ratio"))
    np.testing.assert_array_equal(predict(model, examples), predict(model, x, rr))


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_threads_keep_order_numbers_and_the_setting(threads):
    x = np.arange(3000, dtype=np.float32).reshape(-1, 1, 1)
    torch.set_num_threads(threads)
    output = predict(torch.nn.Conv1d(1, 1, 1), x, batch_size=7)
    assert torch.get_num_threads() == threads
    assert len(output) == 3000
    assert (np.sign(np.diff(output.ravel())) == np.sign(output[-1] - output[0]).item()).all()


def test_an_error_in_a_thread_is_raised_and_the_setting_given_back(beats):
    torch.set_num_threads(2)
    with pytest.raises(RuntimeError):
        predict(torch.nn.Conv1d(3, 1, 1), beats[0], batch_size=9)
    assert torch.get_num_threads() == 2


def test_hooks_see_the_examples_in_order():
    x, seen = np.arange(600, dtype=np.float32).reshape(-1, 1, 1), []
    torch.set_num_threads(2)
    model = torch.nn.Sequential(torch.nn.Conv1d(1, 1, 1))
    model[0].register_forward_hook(lambda layer, inputs, output: seen.append(inputs[0].clone()))
    predict(model, x, batch_size=4)
    assert torch.cat(seen).flatten().tolist() == list(range(600))


def test_without_inputs_it_says_what_it_takes(beats):
    with pytest.raises(TrainingFailed, match="must be Examples or a tuple"):
        predict(create_model("beat_cnn"))
